import { type Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { CustomMetricGroup } from 'cdk-monitoring-constructs';
import type { EventStream } from '../event-stream.ts';
import type { WorkQueue } from '../queue.ts';
import { PERIOD, type Watch } from './watch.ts';

/** The tables to which imports and refreshes write most. */
export interface WrittenTables {
  readonly events: ITableV2;
  readonly identities: ITableV2;
  readonly contacts: ITableV2;
  readonly standings: ITableV2;
  readonly rollups: ITableV2;
}

/** Metrics of writes that the tables throttle or reject. */
export const tableMetrics = (
  { alarm }: Watch,
  { events, identities, contacts, standings, rollups }: WrittenTables,
): CustomMetricGroup[] => {
  const throttled = (table: ITableV2): Metric =>
    table.metric('WriteThrottleEvents', { statistic: Stats.SUM, period: PERIOD });
  return [
    {
      title: 'Throttled writes',
      metrics: [
        alarm({
          name: 'events-throttled',
          impact: 'Imports take longer, and some return 503 and must be sent again',
          metric: throttled(events),
          label: 'events',
          threshold: 1_000,
          periods: 3,
        }),
        alarm({
          name: 'contacts-throttled',
          impact: 'Imports of contacts take longer',
          metric: throttled(contacts),
          label: 'contacts',
          threshold: 1_000,
          periods: 3,
        }),
        alarm({
          name: 'standings-throttled',
          impact: 'Refreshes and imports of new contacts take longer',
          metric: throttled(standings),
          label: 'standings',
          threshold: 1_000,
          periods: 3,
        }),
        throttled(identities).with({ label: 'identities' }),
        throttled(rollups).with({ label: 'rollups' }),
      ],
    },
    {
      title: 'Writes of events that failed inside DynamoDB',
      metrics: [
        alarm({
          name: 'events-table-errors',
          impact: 'Imports take longer or return 503, because of errors inside DynamoDB',
          metric: events.metric('SystemErrors', {
            dimensionsMap: { TableName: events.tableName, Operation: 'BatchWriteItem' },
            statistic: Stats.SUM,
            period: PERIOD,
          }),
          label: 'system errors',
          threshold: 100,
          periods: 3,
        }),
      ],
    },
  ];
};

/** Metrics of the dead-letter queues. The keys are the names of the alarms. */
export const deadLetterMetrics = (
  { alarm }: Watch,
  sources: Readonly<Record<string, WorkQueue | EventStream>>,
): CustomMetricGroup => ({
  title: 'Dead letters',
  metrics: Object.entries(sources).map(([name, source]) =>
    alarm({
      name,
      impact: source.impact,
      metric: source.metricDeadLetters().with({ statistic: Stats.MAXIMUM }),
      label: name,
      threshold: 0,
    }),
  ),
});
