import type { DynamoDBRecord } from 'aws-lambda';
import { createCountEvents } from '#functions/analytics/count/handler.ts';
import { createChartReader } from '#shared/analytics/chart.ts';
import { createCountedStore } from '#shared/analytics/counted-store.ts';
import { createGenerationsStore } from '#shared/analytics/generations-store.ts';
import { createNameRowsStore } from '#shared/analytics/name-rows-store.ts';
import { createNameSampler } from '#shared/analytics/name-sample-store.ts';
import { createRollupStore } from '#shared/analytics/rollup-store.ts';
import type { Span } from '#shared/analytics/series.ts';
import { budgetOf } from '#shared/aws/retry.ts';
import type { StreamDeadLetter } from '#shared/aws/set-aside.ts';
import { ORG } from './builders.ts';
import { newModelTable } from './model-table.ts';
import { aQueue } from './refresh-world.ts';
import { aRecord } from './stream-consumer.ts';

const TABLE = 'model';

/** A named event. */
export interface Named {
  readonly name: string;
  /** ms since 1970. */
  readonly at: number;
}

/** Stream records of events, each with a key of its own. */
export const recordsOf = (events: readonly Named[]): DynamoDBRecord[] =>
  events.map(({ name, at }, nth) =>
    aRecord({}, { kind: 'track', type: name, occurredAt: at, eventId: String(nth) }),
  );

/** An organisation of which a consumer counts named events in a model of the table, and the calls that it makes. */
export const newNamedCharts = (pageSize = 50) => {
  const table = newModelTable(pageSize);
  const calls: { readonly operation: string; readonly input: object; readonly output: object }[] = [];
  const client = table.client({ pause: async () => {} }, (operation, input, output) => {
    calls.push({ operation, input, output });
  });
  const rollups = createRollupStore(client, TABLE);
  const samples = createNameSampler(client, TABLE);
  const count = createCountEvents({
    rollups,
    generations: createGenerationsStore(client, TABLE),
    counted: createCountedStore(client, TABLE, Date.now),
    samples,
    deadLetters: aQueue<StreamDeadLetter>().queue,
    onCounted: () => {},
    budget: () => budgetOf(60_000),
  });
  const chart = createChartReader({ rollups, nameRows: createNameRowsStore(client, TABLE), samples });
  return {
    items: table.items,
    calls,
    deliver: (Records: readonly DynamoDBRecord[]) => count({ Records: [...Records] }),
    chart: (span: Span, name?: string, budget = budgetOf(60_000)) =>
      chart({ orgId: ORG, kind: 'track', span, name }, budget),
  };
};
