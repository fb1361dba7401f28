import type { Item } from '#shared/aws/dynamodb.ts';
import { eventImport } from '#shared/contract/import-shapes.ts';
import { type EventBatches, eventBatches } from '../support/events.ts';
import { type Figure, figureOf, figureOfPairs, takePairs, timed } from '../support/figures.ts';
import { fastestOf, floorOrg, writeBare } from '../support/floors.ts';
import { bodyOf, sendBatch } from '../support/importing.ts';
import { createContacts, type World } from '../support/world.ts';

const CLIENTS = 8;
const EVENTS = eventImport('email').limit;
const CONTACTS = 2_000;

/** Candidate concurrencies of the floor: the total of one import, and of eight imports. */
const FLOORS = [16, CLIENTS * 16];

/** Events per client when a concurrency of the floor is tried. */
const TRIED_EVENTS = 1_000;

/** Events per client before measuring, so that a function process is running for each. */
const WARM_UP_EVENTS = 100;

/** Measures eight concurrent clients of one organisation, each with a full batch, against eight loops of bare writes. */
export const measureClients = async (world: World): Promise<Figure[]> => {
  const caller = await world.organisation('clients');
  await createContacts(caller, CONTACTS);
  const making = { kind: 'email', contacts: CONTACTS } as const;
  const sent = eventBatches(caller.orgId, making);
  const bare = eventBatches(floorOrg('clients'), making);
  const answers: number[] = [];

  const sendAll = async (size: number): Promise<number> => {
    const bodies = ofEachClient(() => bodyOf(eventImport('email'), sent.entries(size)));
    const send = (body: string) => timed(() => sendBatch(caller, eventImport('email'), body, size));
    const ms = await timed(async () => {
      answers.push(...(await Promise.all(bodies.map(send))));
    });
    return ms;
  };
  await sendAll(WARM_UP_EVENTS);
  answers.length = 0;
  const atOnce = await fastestOf(FLOORS, (tried) => writeAll(world, bare, TRIED_EVENTS, tried));
  const pairs = await takePairs(
    () => sendAll(EVENTS),
    () => writeAll(world, bare, EVENTS, atOnce),
    { rounds: 2, warmUps: 0 },
  );
  const path = 'clients: 8 at once, each 10,000 email events of 2,000 contacts';
  const floorIs = `bare BatchWriteItem, 8 × ${atOnce / CLIENTS} at once`;
  return [
    figureOfPairs(path, 'wall ms', floorIs, pairs),
    figureOf(path, 'ms of an answer, the slowest last', answers),
  ];
};

const ofEachClient = <T>(make: () => T): T[] => Array.from({ length: CLIENTS }, make);

/** @returns ms of the writes alone */
const writeAll = (world: World, bare: EventBatches, size: number, atOnce: number): Promise<number> => {
  const loops: Item[][] = ofEachClient(() => bare.items(size));
  return timed(() => Promise.all(loops.map((items) => writeBare(world, items, atOnce / CLIENTS))));
};
