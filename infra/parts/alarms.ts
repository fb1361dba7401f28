import { ComparisonOperator, type Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { CustomMetricWithAlarm } from 'cdk-monitoring-constructs';

/** When somebody is woken, and why. */
export interface AlarmProps {
  /** In kebab-case. */
  readonly name: string;
  /** The heading in docs/runbook.md, where several alarms share one. @default - the name */
  readonly article?: string;
  /** What it means to a user, as one sentence without its full stop. */
  readonly impact: string;
  /** A metric as it is: the local engine takes no alarms on expressions, as which one with a label is rendered. */
  readonly metric: Metric;
  /** Its name on the dashboard. */
  readonly label: string;
  readonly threshold: number;
  /** Which side of the threshold is bad. @default - above it */
  readonly bad?: 'above' | 'below';
  /** Periods of the metric that must be bad, one after the other. @default 1 */
  readonly periods?: number;
  /** Whether silence is bad. @default false */
  readonly silenceIsBad?: boolean;
}

/**
 * A metric of the dashboard with an alarm that says what it means to a user and where the runbook is.
 * @param prefix - what the names of this stage's alarms begin with
 */
export const alarmed =
  (prefix: string) =>
  ({
    name,
    article = name,
    impact,
    metric,
    label,
    threshold,
    bad = 'above',
    periods = 1,
    silenceIsBad = false,
  }: AlarmProps): CustomMetricWithAlarm => ({
    metric: metric.with({ label }),
    alarmFriendlyName: name,
    addAlarm: {
      Alarm: {
        alarmNameOverride: `${prefix}-${name}`,
        alarmDescriptionOverride: `${impact}. What to do: docs/runbook.md#${article}`,
        metricAdjuster: { adjustMetric: () => metric },
        threshold,
        comparisonOperator:
          bad === 'above'
            ? ComparisonOperator.GREATER_THAN_THRESHOLD
            : ComparisonOperator.LESS_THAN_THRESHOLD,
        datapointsToAlarm: periods,
        treatMissingDataOverride: silenceIsBad ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
        overrideAnnotationLabel: name,
      },
    },
  });
