import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { CustomMetricWithAlarm } from 'cdk-monitoring-constructs';
import { DIMENSION, type METRIC, type SERVICE } from '#shared/deployment/names.ts';
import { type AlarmProps, alarmed } from '../alarms.ts';

/** The period over which all metrics are aggregated. */
export const PERIOD = Duration.minutes(5);

type Service = (typeof SERVICE)[keyof typeof SERVICE];

/** The name of a metric that the functions publish. */
export type MetricName = (typeof METRIC)[keyof typeof METRIC];

/** Creates the metrics and alarms of a stage's dashboard. */
export interface Watch {
  /** A metric that the functions publish, over all values of its other dimensions. */
  readonly own: (service: Service, metricName: MetricName, statistic: string, label?: string) => Metric;
  /** A metric with an alarm of this stage; see {@link alarmed}. */
  readonly alarm: (props: AlarmProps) => CustomMetricWithAlarm;
}

/**
 * Creates the {@link Watch} of a stage.
 * @param prefix - the prefix of this stage's alarm names
 * @param namespace - the CloudWatch namespace of this stage's metrics
 */
export const createWatch = (prefix: string, namespace: string): Watch => ({
  own: (service, metricName, statistic, label) =>
    new Metric({
      namespace,
      metricName,
      dimensionsMap: { [DIMENSION.service]: service },
      statistic,
      period: PERIOD,
      ...(label !== undefined && { label }),
    }),
  alarm: alarmed(prefix),
});
