import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { MathExpression, type Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { CustomMetricGroup } from 'cdk-monitoring-constructs';
import type { NodeFunction } from '../node-function.ts';
import type { WorkQueue } from '../queue.ts';
import { PERIOD } from './watch.ts';

/** The resources that are billed by use. */
export interface CostProps {
  readonly restApi: RestApi;
  /** All tables, with their labels on the dashboard. */
  readonly tables: readonly (readonly [label: string, table: ITableV2])[];
  /** All functions. */
  readonly functions: readonly NodeFunction[];
  /** The refresh queues, with their labels on the dashboard. */
  readonly refreshQueues: readonly (readonly [label: string, queue: WorkQueue])[];
}

/** Metrics of the usage that the bill consists of. */
export const costMetrics = ({
  restApi,
  tables,
  functions,
  refreshQueues,
}: CostProps): CustomMetricGroup[] => {
  const units = (metricName: string): Metric[] =>
    tables.map(([label, table]) => table.metric(metricName, { statistic: Stats.SUM, period: PERIOD, label }));
  const byStage = Map.groupBy(functions, ({ label }) => label.split('/', 1)[0] as string);
  const gigabyteSeconds = [...byStage].map(([stage, members], nth) => {
    const metrics = members.map(
      (fn, at) => [`s${nth}f${at}`, fn.metricDuration({ statistic: Stats.SUM, period: PERIOD })] as const,
    );
    const terms = members.map(({ memoryMb }, at) => `FILL(s${nth}f${at},0)*${memoryMb / 1_024}`);
    return new MathExpression({
      expression: `(${terms.join('+')})/1000`,
      usingMetrics: Object.fromEntries(metrics),
      label: stage,
      period: PERIOD,
    });
  });
  return [
    { title: 'Write units, by table', metrics: units('ConsumedWriteCapacityUnits') },
    { title: 'Read units, by table', metrics: units('ConsumedReadCapacityUnits') },
    { title: 'Lambda GB-seconds, by stage', metrics: gigabyteSeconds },
    {
      title: 'Requests and messages',
      metrics: [
        restApi.metricCount({ period: PERIOD, label: 'requests', statistic: Stats.SUM }),
        ...refreshQueues.map(([label, { queue }]) =>
          queue.metricNumberOfMessagesSent({ period: PERIOD, label: `${label}: messages` }),
        ),
      ],
    },
  ];
};
