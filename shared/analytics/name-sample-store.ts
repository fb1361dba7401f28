import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LRUCache } from 'lru-cache';
import pMap from 'p-map';
import { batchGet, CONCURRENCY, type Item } from '../aws/dynamodb.ts';
import { pauseBefore, type RetryBudget } from '../aws/retry.ts';
import { isWritten, putItem } from '../aws/writes.ts';
import type { Kind } from '../events/kinds.ts';
import { OutOfTimeError } from '../time/out-of-time.ts';
import { isNamedKind } from './name-rows.ts';
import { type Draw, type NameSample, NO_NAMES, newDraws, withDraws } from './name-sample.ts';
import {
  fromSampleItem,
  offerOf,
  type SampleKey,
  type StoredSample,
  sampleKey,
  sampleKeys,
  toSampleItem,
} from './name-sample-item.ts';

/** An event whose name may be sampled. */
export type Offered = Parameters<typeof offerOf>[1];

/** The store of the samples of names, which charts choose the most frequent names from. */
export interface NameSampler {
  /**
   * Adds events to the samples of their months, as far as their kinds have names. Adding an event again changes nothing,
   * so a caller may repeat any call; it must have returned before the events are counted.
   *
   * @throws OutOfTimeError at the budget's deadline
   */
  offer(orgId: string, events: readonly Offered[], budget: RetryBudget): Promise<void>;
  /** Reads the samples of months. */
  read(orgId: string, kind: Kind, months: readonly string[], budget: RetryBudget): Promise<NameSample[]>;
}

/** The number of names that a process remembers, of some 300 bytes each: two years of an organisation's full samples. */
const MAX_KEPT_NAMES = 30_000;

/** The events that are offered to one sample. */
interface Offering {
  readonly key: SampleKey;
  readonly draws: Draw[];
}

const NOTHING: StoredSample = { version: 0, sample: NO_NAMES };

const newer = (read: StoredSample, known: StoredSample = NOTHING): StoredSample =>
  known.version > read.version ? known : read;

const idOf = (key: Item): string => key['pk']?.S ?? '';

const isUnchanged = ({ version }: StoredSample) =>
  version === 0
    ? { ConditionExpression: 'attribute_not_exists(version)' }
    : {
        ConditionExpression: 'version = :version',
        ExpressionAttributeValues: { ':version': { N: String(version) } },
      };

/**
 * Makes calls of the same key one after another: the groups of a batch are counted concurrently, and would otherwise be in
 * conflict with each other.
 */
const createTurns = () => {
  const last = new Map<string, Promise<void>>();
  return async (key: string, call: () => Promise<void>): Promise<void> => {
    const turn = (last.get(key) ?? Promise.resolve()).then(call);
    const settled = turn.catch(() => {});
    last.set(key, settled);
    await turn.finally(() => {
      if (last.get(key) === settled) last.delete(key);
    });
  };
};

/** Groups events by their samples. */
const offeringsOf = (orgId: string, events: readonly Offered[]): Map<string, Offering> => {
  const offerings = new Map<string, Offering>();
  for (const event of events.filter(({ kind }) => isNamedKind(kind))) {
    const { key, draw } = offerOf(orgId, event);
    const id = idOf(sampleKey(key));
    const offering = offerings.get(id) ?? { key, draws: [] };
    offering.draws.push(draw);
    offerings.set(id, offering);
  }
  return offerings;
};

/**
 * Creates the {@link NameSampler} of a rollup table. It remembers the samples that it has read or written: an event that
 * does not change what it remembers does not change the sample either, so most calls read and write nothing.
 */
export const createNameSampler = (client: DynamoDBClient, table: string): NameSampler => {
  const known = new LRUCache<string, StoredSample>({
    maxSize: MAX_KEPT_NAMES,
    sizeCalculation: ({ sample }) => sample.names.size + 1,
  });
  const inTurn = createTurns();
  const remember = (id: string, stored: StoredSample): void => {
    if (stored.version >= (known.get(id)?.version ?? 0)) known.set(id, stored);
  };

  const readAll = async (
    offerings: ReadonlyMap<string, Offering>,
    budget: RetryBudget,
  ): Promise<Map<string, StoredSample>> => {
    const keys = [...offerings.values()].map(({ key }) => sampleKey(key));
    const items = await batchGet(table, keys, { client, budget, consistent: true });
    const found = new Map(items.map((item) => [idOf(item), fromSampleItem(item)]));
    return new Map([...offerings.keys()].map((id) => [id, found.get(id) ?? NOTHING]));
  };

  /** Writes the sample with new events. @returns false if it has changed since it was read */
  const write = (
    { key, draws }: Offering,
    id: string,
    from: StoredSample,
    budget: RetryBudget,
  ): Promise<boolean> => {
    const to = { version: from.version + 1, sample: withDraws(from.sample, draws) };
    const input = { TableName: table, Item: toSampleItem(key, to), ...isUnchanged(from) };
    return isWritten(async () => {
      await putItem(client, input, budget);
      remember(id, to);
    });
  };

  /** The offerings that would change what is remembered; those of which nothing is remembered are among them. */
  const changing = (offerings: ReadonlyMap<string, Offering>): Map<string, Offering> => {
    const left = [...offerings].map(([id, { key, draws }]) => {
      return [id, { key, draws: newDraws(known.get(id)?.sample ?? NO_NAMES, draws) }] as const;
    });
    return new Map(left.filter(([, { draws }]) => draws.length > 0));
  };

  return {
    async offer(orgId, events, budget) {
      let open = changing(offeringsOf(orgId, events));
      for (let attempts = 1; open.size > 0; attempts++) {
        const stored = await readAll(open, budget);
        for (const [id, each] of stored) remember(id, each);
        const conflicts = new Map<string, Offering>();
        const add = async ([id, { key, draws }]: [string, Offering]): Promise<void> => {
          const from = newer(stored.get(id) ?? NOTHING, known.get(id));
          const offering = { key, draws: newDraws(from.sample, draws) };
          if (offering.draws.length === 0) return;
          if (!(await write(offering, id, from, budget))) conflicts.set(id, offering);
        };
        await pMap(open, (each) => inTurn(each[0], () => add(each)), { concurrency: CONCURRENCY });
        open = conflicts;
        if (open.size === 0) return;
        if (budget.now() >= budget.deadline)
          throw new OutOfTimeError('Not all names could be sampled in time');
        await budget.sleep(pauseBefore(attempts, false, budget.random));
      }
    },

    async read(orgId, kind, months, budget) {
      const keys = months.flatMap((month) => sampleKeys(orgId, kind, month));
      const items = await batchGet(table, keys, { client, budget });
      return items.map((item) => fromSampleItem(item).sample);
    },
  };
};
