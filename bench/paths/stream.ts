import { DAY_MS } from '#shared/analytics/interval.ts';
import { createRollupStore } from '#shared/analytics/rollup-store.ts';
import { createBulkClient } from '#shared/aws/dynamodb.ts';
import { budgetOf } from '#shared/aws/retry.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { typesOf } from '#shared/events/event-type.ts';
import { type Dates, untilCounted } from '../support/counted.ts';
import { createCounter, recordsOf, type Sent } from '../support/counter.ts';
import {
  type Figure,
  figureOf,
  figureOfPairs,
  slopeOf,
  takePairs,
  takeTurns,
  timed,
} from '../support/figures.ts';
import { createMeteredClient, unitsOf } from '../support/metered.ts';
import { replay, type Transaction } from '../support/replay.ts';
import { type Caller, createContacts, emailOf, setStreamConsumers, type World } from '../support/world.ts';

const EVENTS = 10_000;
const CONTACTS = 2_000;

/** The time limit for reading the counts, in ms. */
const READ_MS = 20_000;

const TYPES = typesOf('email') ?? [];

/** The distribution of events over time, which determines how many share an item of the charts. */
interface Shape {
  readonly name: string;
  readonly days: number;
  readonly rounds: number;
  readonly warmUps: number;
}

const DAY: Shape = { name: 'one day', days: 1, rounds: 3, warmUps: 1 };
const YEARS: Shape = { name: 'two years', days: 730, rounds: 2, warmUps: 0 };

const pathOf = ({ name }: Shape): string => `stream: 10,000 email events of ${name}`;

/** All events occur before this, so that none of them is live. */
const YESTERDAY = (Math.floor(Date.now() / DAY_MS) - 1) * DAY_MS;

const startOf = ({ days }: Shape, round: number): number => YESTERDAY - days * (round + 1) * DAY_MS;

const datesOf = (shape: Shape, round: number): Dates => {
  const [from, to] = [startOf(shape, round), startOf(shape, round - 1)];
  return { from: new Date(from).toISOString().slice(0, 10), to: new Date(to).toISOString().slice(0, 10) };
};

/** Events in no order of time, as in an import of many contacts' histories. */
const eventsOf = (shape: Shape, round: number, count = EVENTS): Sent[] => {
  const start = startOf(shape, round);
  return Array.from({ length: count }, (_, nth) => ({
    contactEmail: emailOf(nth % CONTACTS),
    type: TYPES[nth % TYPES.length] as string,
    occurredAt: new Date(
      start + Math.floor(((nth * 7_919) % count) * ((shape.days * DAY_MS) / count)),
    ).toISOString(),
  }));
};

let organisations = 0;

/** The id of an organisation without counts; all ids, and therefore all items, have the same size. */
const newOrgId = (): string => `o_stream${String(organisations++).padStart(4, '0')}`;

/**
 * Counts events and returns the transactions and the write units.
 * @throws Error if the charts do not contain each event once afterwards
 */
const countMetered = async (table: string, shape: Shape) => {
  const orgId = newOrgId();
  const transactions: Transaction[] = [];
  const { client, metered } = createMeteredClient((actions) => transactions.push(actions as Transaction));
  const count = createCounter(client, table);
  const consumed = await metered(() => count(recordsOf(orgId, eventsOf(shape, 0))));
  const writeUnits = unitsOf(consumed, ['TransactWriteItems']);
  const { from, to } = datesOf(shape, 0);
  const reading = {
    unit: 'day',
    firstPeriod: from.slice(0, 7),
    lastPeriod: to.slice(0, 7),
    from: Date.parse(from),
    to: Date.parse(to),
  } as const;
  const rows = await createRollupStore(client, table).rows(orgId, 0, 'email', reading, budgetOf(READ_MS));
  const counted = rows.flatMap(({ counts }) => [...counts.values()]).reduce((sum, count) => sum + count, 0);
  if (counted !== EVENTS) throw new Error(`${counted} of ${EVENTS} events were counted`);
  return { orgId, transactions, writeUnits };
};

/** @returns ms from the import's call to its answer, and from the answer to the charts */
const importAndWait = async (caller: Caller, shape: Shape, round: number) => {
  const body = JSON.stringify({ events: eventsOf(shape, round) });
  const storedMs = await timed(() => caller.call('POST', '/v1/events/email/batch', body));
  const countedMs = await timed(() => untilCounted(caller, datesOf(shape, round), EVENTS));
  return { storedMs, countedMs };
};

const measureArrival = async (world: World, shape: Shape): Promise<Figure[]> => {
  const caller = await world.organisation(`stream-${shape.days}-days`);
  await createContacts(caller, CONTACTS);
  const { rounds, warmUps } = shape;
  const taken = await takeTurns([(round) => importAndWait(caller, shape, round)], { rounds, warmUps });
  const readings = taken.flat();
  return [
    figureOf(
      pathOf(shape),
      'ms from answer to charts',
      readings.map(({ countedMs }) => countedMs),
    ),
    figureOf(
      pathOf(shape),
      'events/s from call to charts',
      readings.map(({ storedMs, countedMs }) => (EVENTS * 1_000) / (storedMs + countedMs)),
    ),
  ];
};

const measureConsumer = async (table: string, shape: Shape): Promise<Figure[]> => {
  const { orgId, transactions, writeUnits } = await countMetered(table, shape);
  const client = createBulkClient();
  const count = createCounter(client, table);
  const pairs = await takePairs(
    (round) => {
      const records = recordsOf(newOrgId(), eventsOf(shape, round));
      return timed(() => count(records));
    },
    () => timed(() => replay(client, transactions, orgId, newOrgId())),
    { rounds: shape.rounds, warmUps: shape.warmUps },
  );
  return [
    figureOfPairs(`${pathOf(shape)}, consumer`, 'ms', 'its transactions, bare', pairs),
    figureOf(`${pathOf(shape)}, consumer`, 'WCU per event', [writeUnits / EVENTS]),
  ];
};

const measureSlope = async (table: string): Promise<Figure[]> => {
  const count = createCounter(createBulkClient(), table);
  const counts = [0, 100, 1_000, 10_000];
  const taken = await takeTurns(
    counts.map((size) => () => {
      const records = recordsOf(newOrgId(), eventsOf(DAY, 0, size));
      return timed(() => count(records));
    }),
    { rounds: 5 },
  );
  const path = 'stream: consumer';
  const slopes = taken.map(([none = 0, , tenfold = 0, hundredfold = 0]) =>
    slopeOf({ none, tenfold, hundredfold }),
  );
  return [
    ...counts.slice(1).map((size, at) =>
      figureOf(
        `${path}, ${size} events of one day`,
        'ms',
        taken.map((ms) => ms[at + 1] as number),
      ),
    ),
    figureOf(`${path}, 1,000 to 10,000 events of one day`, 'slope', slopes, 1.1),
  ];
};

/**
 * Measures the time from an import's answer to the charts, through the table's stream and its consumers, and the cost of the
 * charts' consumer alone, in this process. The first has no floor: counting begins while the import is still running, and the
 * local stream passes a consumer one batch at a time without gathering records for seconds, as AWS does.
 */
export const measureStream = async (world: World): Promise<Figure[]> => {
  const table = world.stack.outputs[OUTPUT.rollupsTable] as string;
  const figures: Figure[] = [];
  try {
    await setStreamConsumers(world, true);
    for (const shape of [DAY, YEARS]) figures.push(...(await measureArrival(world, shape)));
  } finally {
    await setStreamConsumers(world, false);
  }
  for (const shape of [DAY, YEARS]) figures.push(...(await measureConsumer(table, shape)));
  return [...figures, ...(await measureSlope(table))];
};
