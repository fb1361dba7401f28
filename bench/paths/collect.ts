import type { Accepted } from '#shared/clients/accepted.ts';
import { COLLECT, checkCollected, collectCall, recordsOfFullEvent } from '../support/collecting.ts';
import { CPU_FLOOR_IS, compareCpu } from '../support/cpu-comparison.ts';
import { type Figure, figureOfPairs, takePairs, timed } from '../support/figures.ts';
import { fastestOf, floorOrg, writeBare } from '../support/floors.ts';
import { createMessageQueue, type MessageQueue } from '../support/message-queue.ts';
import { createPeople, itemOfMessage, recordsOf, trackMessages } from '../support/messages.ts';
import { isUnhurried } from '../support/pace.ts';
import { type Caller, setCollector, type World } from '../support/world.ts';
import { measureCollectMemory } from './collect-memory.ts';

const PEOPLE = 2_000;

/** Messages of a request: they fill a record, as those of a backfill do. */
const PER_REQUEST = 200;

const MESSAGES = 100_000;

/** Rounds of the path: a million messages if it runs alone. */
const rounds = (): number => (isUnhurried() ? 10 : 2);

/** Messages before measuring, so that the functions' processes are running. */
const WARM_UP = 5_000;

/** Messages of each candidate concurrency of the floor. */
const TRIED = 10_000;

/** Has messages waiting in the queue collected, from the moment when they may be. @returns ms until all are stored */
const collect = async (world: World, queue: MessageQueue, records: readonly Accepted[]): Promise<number> => {
  await setCollector(world, false);
  await queue.send(records.slice(1));
  return timed(async () => {
    await setCollector(world, true);
    // The engine looks for messages once a second, and when one arrives.
    await queue.send(records.slice(0, 1));
    await queue.untilEmpty();
  });
};

/** The number of messages that the receipts of an organisation report as imported. */
const importedOf = async ({ call }: Caller): Promise<number> => {
  let imported = 0;
  for (let cursor: string | undefined, isLast = false; !isLast; ) {
    const after = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = (await call('GET', `/v1/imports?type=stream&limit=100${after}`)) as {
      readonly items: readonly { readonly imported: number }[];
      readonly nextCursor: string | null;
    };
    for (const receipt of page.items) imported += receipt.imported;
    cursor = page.nextCursor ?? undefined;
    isLast = cursor === undefined;
  }
  return imported;
};

const measureQueue = async (world: World): Promise<Figure[]> => {
  const caller = await world.organisation('collect');
  await createPeople(caller, PEOPLE);
  const queue = createMessageQueue(world);
  let sent = 0;
  const collectNext = async (count: number): Promise<number> => {
    const records = recordsOf(caller.orgId, trackMessages(sent, count, PEOPLE), PER_REQUEST);
    sent += count;
    return collect(world, queue, records);
  };
  let written = 0;
  const writeNext = async (count: number, atOnce: number): Promise<number> => {
    const messages = trackMessages(written, count, PEOPLE);
    const items = messages.map((message) => itemOfMessage(floorOrg('collect'), message));
    written += count;
    return timed(() => writeBare(world, items, atOnce));
  };
  await collectNext(WARM_UP);
  const atOnce = await fastestOf([16, 32, 64], (tried) => writeNext(TRIED, tried));
  const perSecond = (ms: number): number => (MESSAGES * 1_000) / ms;
  const pairs = await takePairs(
    async () => perSecond(await collectNext(MESSAGES)),
    async () => perSecond(await writeNext(MESSAGES, atOnce)),
    { rounds: rounds(), warmUps: 0 },
  );
  const imported = await importedOf(caller);
  if (imported !== sent) throw new Error(`${imported} of ${sent} messages were imported`);
  const path = `collect: ${MESSAGES.toLocaleString('en')} messages of ${PEOPLE.toLocaleString('en')} people in the queue`;
  const floorIs = `bare BatchWriteItem, ${atOnce} at once`;
  return [figureOfPairs(path, 'messages/s', floorIs, pairs, { atLeast: 0.7 })];
};

const ORG = 'o_cpu000000';

/** More messages than fit into an event. */
const MOST = 20_000;

/** Rounds during which V8 still optimises. */
const WARM_UPS = 4;
const ROUNDS = 5;

const measureCollectCpu = async (world: World): Promise<Figure[]> => {
  const first = recordsOfFullEvent(recordsOf(ORG, trackMessages(0, MOST, PEOPLE), PER_REQUEST));
  const count = first.reduce((sum, { messages }) => sum + messages.length, 0);
  const messagesOf = (round: number) => trackMessages(round * MOST, count, PEOPLE);
  const { pairs } = await compareCpu(world, {
    folder: COLLECT,
    events: count,
    callOf: (round) => collectCall(recordsOf(ORG, messagesOf(round), PER_REQUEST)),
    itemsOf: (round) => messagesOf(round).map((message) => itemOfMessage(ORG, message)),
    check: checkCollected,
    turns: { warmUps: WARM_UPS, rounds: ROUNDS },
  });
  const path = `collect: an event of 6 MB, ${count.toLocaleString('en')} messages`;
  return [figureOfPairs(path, 'µs of CPU per message', CPU_FLOOR_IS, pairs, 1.42)];
};

/**
 * Measures the import of accepted messages, from their queue to the tables, against bare writes of the same items: over the local
 * engine, which passes at most ten records to a function at a time; and the CPU time and memory of the function alone, for the
 * largest event that Lambda passes to it.
 */
export const measureCollect = async (world: World): Promise<Figure[]> => [
  ...(await measureQueue(world)),
  ...(await measureCollectCpu(world)),
  ...(await measureCollectMemory(world)),
];
