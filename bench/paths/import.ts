import { readdirSync, readFileSync } from 'node:fs';
import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import type { Item } from '#shared/aws/dynamodb.ts';
import { contactIdOf } from '#shared/contacts/contact-id.ts';
import { toEventItem } from '#shared/events/event-item.ts';
import { forEachBounded } from '#shared/runtime/bounded.ts';
import { OUTPUT } from '#shared/runtime/names.ts';
import { type Figure, figureOf, figureOfPairs, timePairs } from '../support/figures.ts';
import { createContacts, emailOf, type World } from '../support/world.ts';

const EVENTS = 10_000;
const CONTACTS = 2_000;

/** As many bare calls at once as gave the shortest time on two cores, of 8, 16, 32 and 64. */
const FLOOR_CONCURRENCY = 16;

const DAY_MS = 86_400_000;
const START = Date.UTC(2024, 0, 1);

const eventOf = (round: number, nth: number, padding = '') => ({
  contactEmail: emailOf(nth % CONTACTS),
  type: 'opened',
  occurredAt: new Date(START + round * 30 * DAY_MS + nth * 1_000).toISOString(),
  metadata: {
    externalCampaignId: `mc_campaign_${nth}`,
    subject: 'Holiday Gift Guide',
    ...(padding && { padding }),
  },
});

const bodyOf = (round: number, padding = ''): string =>
  JSON.stringify({ events: Array.from({ length: EVENTS }, (_, nth) => eventOf(round, nth, padding)) });

/** The items that an import of the round would store, of an organisation of their own. */
const itemsOf = (orgId: string, round: number): Item[] =>
  Array.from({ length: EVENTS }, (_, nth) => {
    const { contactEmail, type, occurredAt, metadata } = eventOf(round, nth);
    return toEventItem(orgId, contactIdOf(orgId, contactEmail), {
      kind: 'email',
      type,
      occurredAt: Date.parse(occurredAt),
      metadata: JSON.stringify(metadata),
    });
  });

const writeBare = async ({ client, stack }: World, items: readonly Item[]): Promise<number> => {
  const table = stack.outputs[OUTPUT.eventsTable] as string;
  const chunks = Array.from({ length: Math.ceil(items.length / 25) }, (_, at) =>
    items.slice(at * 25, at * 25 + 25),
  );
  let units = 0;
  await forEachBounded(chunks, FLOOR_CONCURRENCY, async (chunk) => {
    const RequestItems = { [table]: chunk.map((Item) => ({ PutRequest: { Item } })) };
    const command = new BatchWriteItemCommand({ RequestItems, ReturnConsumedCapacity: 'TOTAL' });
    const { ConsumedCapacity } = await client.send(command);
    units += ConsumedCapacity?.[0]?.CapacityUnits ?? 0;
  });
  return units;
};

/** The largest resident set that the processes of a function have had, in MB. */
const peakMemoryMb = (functionName: string): number => {
  const peaks = readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
        if (!environment.includes(`AWS_LAMBDA_FUNCTION_NAME=`) || !environment.includes(functionName))
          return [];
        const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
        return peak === undefined ? [] : [Number(peak) / 1_024];
      } catch {
        // It ended meanwhile.
        return [];
      }
    });
  return Math.max(0, ...peaks);
};

/** Full batches of email events over HTTP, against bare writes of the same items. */
export const measureImport = async (world: World): Promise<Figure[]> => {
  const caller = await world.organisation('import');
  await createContacts(caller, CONTACTS);
  const bodies = Array.from({ length: 6 }, (_, round) => bodyOf(round));
  const bare = Array.from({ length: 6 }, (_, round) => itemsOf('o_floor00000', round));
  let units = 0;
  const pairs = await timePairs(
    (round) => caller.call('POST', '/v1/events/email/batch', bodies[round]),
    async (round) => {
      units = await writeBare(world, bare[round] as Item[]);
    },
  );
  const path = 'import: 10,000 email events of 2,000 contacts';
  const figures = [
    figureOfPairs(path, 'wall ms', 'bare BatchWriteItem', pairs, 1.1),
    figureOf('import: write units per event of up to 1 KB', 'WCU', [units / EVENTS], 1),
  ];
  const isLinux = process.platform === 'linux';
  if (isLinux)
    figures.push(figureOf('import: memory at 10,000 events', 'peak MB', [peakMemoryMb('EmailEvents')], 300));
  // 10,000 events of 6 MB together.
  await caller.call('POST', '/v1/events/email/batch', bodyOf(10, 'x'.repeat(415)));
  if (isLinux)
    figures.push(figureOf('import: memory at a body of 6 MB', 'peak MB', [peakMemoryMb('EmailEvents')], 300));
  return figures;
};
