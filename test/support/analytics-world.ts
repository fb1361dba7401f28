import { randomUUID } from 'node:crypto';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { createCountEvents } from '#functions/analytics/count/handler.ts';
import { createChartReader } from '#shared/analytics/chart.ts';
import { createCountedStore } from '#shared/analytics/counted-store.ts';
import { createGenerationsStore } from '#shared/analytics/generations-store.ts';
import { createNameRowsStore } from '#shared/analytics/name-rows-store.ts';
import { createNameSampler } from '#shared/analytics/name-sample-store.ts';
import { createRebuildStore } from '#shared/analytics/rebuild-store.ts';
import { createRollupStore, type RollupStore } from '#shared/analytics/rollup-store.ts';
import type { Series } from '#shared/analytics/series.ts';
import { batchPut, type Item } from '#shared/aws/dynamodb.ts';
import { budgetOf } from '#shared/aws/retry.ts';
import type { StreamDeadLetter } from '#shared/aws/set-aside.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { toEventItem } from '#shared/events/event-item.ts';
import { createEventReader } from '#shared/events/event-store.ts';
import { type ActivityKind, CHARTED_KINDS, type HistoryEvent } from '#shared/events/kinds.ts';
import type { Clock } from '#shared/time/clock.ts';
import { naiveSeries } from './analytics.ts';
import { aQueue } from './refresh-world.ts';
import { stackDynamo, tableName } from './tables.ts';

/** The span that contains all events of the tests. */
const SPAN = {
  from: Date.parse('2023-12-01T00:00:00Z'),
  to: Date.parse('2026-02-01T00:00:00Z'),
  interval: 'day',
} as const;

/** An event and the contact that it belongs to. */
export interface OfContact {
  readonly contactId: string;
  readonly event: HistoryEvent;
}

/** The differences of a consumer from the deployed one. */
export interface Consumer {
  /** Whether it tries each record only once and never waits. @default false */
  readonly once?: boolean;
  readonly now?: Clock;
  /** Replaces a commit; receives the original commit. */
  readonly commit?: (commit: () => ReturnType<RollupStore['commit']>) => ReturnType<RollupStore['commit']>;
}

let eventsTable: Promise<string> | undefined;

/** A separate event table, whose stream records the test delivers itself: the deployed consumers do not read it. */
const madeEventsTable = async (): Promise<string> => {
  const TableName = `analytics-${randomUUID()}`;
  await stackDynamo().send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
  return TableName;
};

/** A new organisation whose stream records the test delivers itself. */
export const newAnalyticsWorld = async () => {
  eventsTable ??= madeEventsTable();
  const table = await eventsTable;
  const orgId = `o_${randomUUID().slice(0, 12)}`;
  const rollupsTable = tableName(OUTPUT.rollupsTable);
  const rollups = createRollupStore(stackDynamo(), rollupsTable);
  const generations = createGenerationsStore(stackDynamo(), rollupsTable);
  const counted = createCountedStore(stackDynamo(), rollupsTable, Date.now);
  const samples = createNameSampler(stackDynamo(), rollupsTable);
  const nameRows = createNameRowsStore(stackDynamo(), rollupsTable);
  const chart = createChartReader({ rollups, nameRows, samples });
  const stored = new Map<string, OfContact>();
  let made = 0;

  const recordOf = (item: Item, second: number): DynamoDBRecord => {
    made += 1;
    return {
      eventID: randomUUID(),
      eventName: 'INSERT',
      dynamodb: {
        ApproximateCreationDateTime: second,
        SequenceNumber: String(made).padStart(21, '0'),
        NewImage: item as never,
      },
    };
  };

  return {
    orgId,
    eventsTable: table,
    rollups,
    generations,
    countedStore: counted,
    samples,
    rebuilds: createRebuildStore(stackDynamo(), rollupsTable, Date.now),
    events: createEventReader(stackDynamo(), table),

    /**
     * Stores events.
     * @param second - the time of storing, in seconds since 1970
     * @returns the stream records: none for an event that was stored before
     */
    async store(
      events: readonly OfContact[],
      second = Math.floor(Date.now() / 1_000),
    ): Promise<DynamoDBRecord[]> {
      const records: DynamoDBRecord[] = [];
      const items = new Map<string, Item>();
      for (const each of events) {
        const item = toEventItem(orgId, each.contactId, each.event);
        const key = `${item['pk']?.S}|${item['sk']?.S}`;
        items.set(key, item);
        if (!stored.has(key)) records.push(recordOf(item, second));
        stored.set(key, each);
      }
      await batchPut(table, [...items.values()], { client: stackDynamo(), budget: budgetOf(10_000) });
      return records;
    },

    /** Delivers records to a consumer. @returns the dead letters that it sends */
    async deliver(
      Records: readonly DynamoDBRecord[],
      { once = false, now = Date.now, commit }: Consumer = {},
    ) {
      let slept = 0;
      const budget = budgetOf(10_000, () => now() + slept);
      const sleep = async () => {
        slept += 10_000;
      };
      const { sent, queue: deadLetters } = aQueue<StreamDeadLetter>();
      const count = createCountEvents({
        rollups: {
          countState: rollups.countState,
          commit: (...input) =>
            commit === undefined ? rollups.commit(...input) : commit(() => rollups.commit(...input)),
        },
        generations,
        counted,
        samples,
        deadLetters,
        onCounted: () => {},
        budget: () => (once ? { ...budget, sleep } : budget),
      });
      await count({ Records: [...Records] });
      return sent;
    },

    /** The series that the rollups contain, by kind. */
    async charts(): Promise<Record<ActivityKind, Series>> {
      const series = CHARTED_KINDS.map(
        async (kind) => [kind, await chart({ orgId, kind, span: SPAN }, budgetOf(10_000))] as const,
      );
      return Object.fromEntries(await Promise.all(series)) as Record<ActivityKind, Series>;
    },

    /** The series that the rollups should contain: every stored event once. */
    expected: () => {
      const all = [...stored.values()].map(({ event }) => event);
      return Object.fromEntries(
        CHARTED_KINDS.map((kind) => [
          kind,
          naiveSeries(
            all.filter((event) => event.kind === kind),
            SPAN,
          ),
        ]),
      );
    },
  };
};

export type AnalyticsWorld = Awaited<ReturnType<typeof newAnalyticsWorld>>;
