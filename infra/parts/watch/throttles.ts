import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { CustomMetricGroup } from 'cdk-monitoring-constructs';
import { INDEX } from '#shared/deployment/names.ts';
import type { NodeFunction } from '../node-function.ts';
import { PERIOD, type Watch } from './watch.ts';

/**
 * Throttled calls in each of three periods that raise an alarm: three a second for a quarter of an hour. A table that grows or
 * an import of one contact's history is throttled for a while, and the retries hide it; this is more than that.
 */
const SUSTAINED = { threshold: 1_000, periods: 3 } as const;

/** All tables, by their names in the code. */
export type Tables = Readonly<Record<string, ITableV2>>;

/**
 * Tables in which one organisation, or one contact, has few partitions, and the effect on users if those are throttled. The
 * partitions of the other tables are on the dashboard.
 */
const HOT: readonly (readonly [table: string, calls: 'Write' | 'Read', impact: string])[] = [
  ['identities', 'Write', 'Imports of new contacts of one organisation take longer'],
  ['companies', 'Write', 'Imports of the companies of one organisation, and of their members, take longer'],
  ['imports', 'Write', 'Imports of one organisation take longer'],
  ['jobs', 'Write', 'Refreshes and evaluations of one organisation take longer'],
  ['members', 'Write', 'Contacts enter and leave one segment late'],
  ['rollups', 'Write', 'Charts of one organisation lack the newest imports'],
  ['events', 'Read', 'Contacts with long histories are refreshed late'],
  ['identities', 'Read', 'Imports of one organisation take longer'],
  ['definitions', 'Read', 'Contacts of one organisation are refreshed late'],
];

/**
 * The calls that a table throttled because of the limits of a partition, 1,000 write units and 3,000 read units a second.
 * Source: DynamoDB Developer Guide, "CloudWatch throttling metrics", `WriteKeyRangeThroughputThrottleEvents`.
 */
const byPartition = (table: ITableV2, calls: 'Write' | 'Read') =>
  table.metric(`${calls}KeyRangeThroughputThrottleEvents`, { statistic: Stats.SUM, period: PERIOD });

/** Metrics of calls that tables throttle because of one partition. */
export const partitionMetrics = ({ alarm }: Watch, tables: Tables): CustomMetricGroup[] =>
  (['Write', 'Read'] as const).map((calls) => ({
    title: `Throttled by partition: ${calls.toLowerCase()}s`,
    metrics: Object.entries(tables).map(([label, table]) => {
      const [, , impact] = HOT.find(([name, of]) => name === label && of === calls) ?? [];
      const metric = byPartition(table, calls);
      if (impact === undefined) return metric.with({ label });
      const name = `partition-throttled-${label}-${calls.toLowerCase()}s`;
      return alarm({ name, article: 'partition-throttled', impact, metric, label, ...SUSTAINED });
    }),
  }));

/**
 * Metrics of calls that the indexes throttle. They are not part of their table's metrics: the dimension
 * `GlobalSecondaryIndexName` is required. Source: DynamoDB Developer Guide, "DynamoDB metrics and dimensions".
 */
export const indexMetrics = (
  { alarm }: Watch,
  { standings, keys }: { readonly standings: ITableV2; readonly keys: ITableV2 },
): CustomMetricGroup => {
  const throttled = (table: ITableV2, index: string, calls: 'Write' | 'Read') =>
    table.metric(`${calls}ThrottleEvents`, {
      dimensionsMap: { TableName: table.tableName, GlobalSecondaryIndexName: index },
      statistic: Stats.SUM,
      period: PERIOD,
    });
  return {
    title: 'Throttled by index',
    metrics: [
      alarm({
        name: 'index-throttled-by-rank',
        article: 'index-throttled',
        impact: 'Refreshes of one organisation take longer, and so do its imports of new contacts',
        metric: throttled(standings, INDEX.standingsByRank, 'Write'),
        label: 'byRank: writes',
        ...SUSTAINED,
      }),
      alarm({
        name: 'index-throttled-by-due',
        article: 'index-throttled',
        impact: 'Refreshes of contacts in time-based segments take longer',
        metric: throttled(standings, INDEX.standingsByDue, 'Write'),
        label: 'byDue: writes',
        ...SUSTAINED,
      }),
      throttled(standings, INDEX.standingsByRank, 'Read').with({ label: 'byRank: reads' }),
      throttled(standings, INDEX.standingsByDue, 'Read').with({ label: 'byDue: reads' }),
      throttled(keys, INDEX.keysByOrg, 'Write').with({ label: 'byOrg: writes' }),
      throttled(keys, INDEX.keysByOrg, 'Read').with({ label: 'byOrg: reads' }),
    ],
  };
};

/** The effect on users if a function is throttled, by the first part of its label. Others have alarms on their delay. */
const IF_THROTTLED: Readonly<Record<string, string>> = {
  clients: 'Calls of vendors’ clients return 500 or 503, or their messages wait; none is lost',
  authorize: 'Requests of all organisations fail with 500',
  ingest: 'Imports fail with 500 or 503 and must be sent again',
};

/**
 * Metrics of invocations that Lambda throttles, because a function has reached its reservation, or the functions without one
 * have used up the account. The alarms need ten a period: a burst of one organisation, whose client retries, is no incident.
 */
export const functionMetrics = ({ alarm }: Watch, functions: readonly NodeFunction[]): CustomMetricGroup => ({
  title: 'Throttled invocations, by function',
  metrics: functions.map((fn) => {
    const { label } = fn;
    const [stage = '', ...rest] = label.split('/');
    const impact = IF_THROTTLED[stage];
    const metric = fn.metricThrottles({ period: PERIOD });
    if (impact === undefined) return metric.with({ label });
    const name = `functions-throttled-${rest.join('-').replace(' ', '-')}`;
    return alarm({
      name,
      article: 'functions-throttled',
      impact,
      metric,
      label,
      threshold: 10,
      periods: 2,
    });
  }),
});
