import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { CustomMetricWithAlarm } from 'cdk-monitoring-constructs';
import { DIMENSION, type METRIC, type SERVICE } from '#shared/deployment/names.ts';
import { type AlarmProps, alarmed } from '../alarms.ts';

/** What all that is watched is summed over. */
export const PERIOD = Duration.minutes(5);

type Service = (typeof SERVICE)[keyof typeof SERVICE];

/** A metric that the functions write themselves. */
export type MetricName = (typeof METRIC)[keyof typeof METRIC];

/** What the sections of the dashboard are made with. */
export interface Watch {
  /** A metric of the functions' own, over all that the service measures. */
  readonly own: (service: Service, metricName: MetricName, statistic: string, label?: string) => Metric;
  /** A metric with an alarm of this stage; see {@link alarmed}. */
  readonly alarm: (props: AlarmProps) => CustomMetricWithAlarm;
}

/**
 * What the sections of one stage's dashboard are made with.
 * @param prefix - what the names of this stage's alarms begin with
 * @param namespace - where this stage's functions write their metrics
 */
export const watchOf = (prefix: string, namespace: string): Watch => ({
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
