import { eventImport } from '#shared/contract/import-shapes.ts';
import { eventBatches } from '../support/events.ts';
import { type Figure, figureOf, figureOfPairs, takePairs, timed } from '../support/figures.ts';
import { fastestOf, floorOrg, writeBare } from '../support/floors.ts';
import { bodyOf, sendBatch } from '../support/importing.ts';
import { peakMemoryMb } from '../support/memory.ts';
import { createContacts, type World } from '../support/world.ts';

const EVENTS = eventImport('email').limit;
const CONTACTS = 2_000;

/** Padding for each of 10,000 events that results in a body of 6 MB. */
const PADDING = 'x'.repeat(415);

/** Measures full batches of email events over HTTP against bare writes of as many items, and their memory usage. */
export const measureImport = async (world: World): Promise<Figure[]> => {
  const caller = await world.organisation('import');
  await createContacts(caller, CONTACTS);
  const making = { kind: 'email', contacts: CONTACTS } as const;
  const sent = eventBatches(caller.orgId, making);
  const bare = eventBatches(floorOrg('import'), making);
  const floor = (atOnce: number): Promise<number> => {
    const items = bare.items(EVENTS);
    return timed(() => writeBare(world, items, atOnce));
  };
  const atOnce = await fastestOf([8, 16, 32, 64], floor);
  const pairs = await takePairs(
    () => {
      const body = bodyOf(eventImport('email'), sent.entries(EVENTS));
      return timed(() => sendBatch(caller, eventImport('email'), body, EVENTS));
    },
    () => floor(atOnce),
    { rounds: 7 },
  );
  const path = 'import: 10,000 email events of 2,000 contacts';
  const figures = [figureOfPairs(path, 'wall ms', `bare BatchWriteItem, ${atOnce} at once`, pairs, 1.1)];
  if (process.platform !== 'linux') return figures;
  const peak = (what: string) =>
    figureOf(`import: memory at ${what}`, 'peak MB', [peakMemoryMb('EmailEvents')], 300);
  figures.push(peak('10,000 events'));
  const padded = sent.entries(EVENTS).map((entry) => ({
    ...entry,
    metadata: { ...(entry['metadata'] as object), padding: PADDING },
  }));
  await sendBatch(caller, eventImport('email'), bodyOf(eventImport('email'), padded), EVENTS);
  figures.push(peak('a body of 6 MB'));
  return figures;
};
