import { ComparisonOperator, type Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { CustomMetricWithAlarm } from 'cdk-monitoring-constructs';

/** The condition of an alarm, and its meaning to users. */
export interface AlarmProps {
  /** In kebab-case, without the stage's prefix. */
  readonly name: string;
  /** The heading of its article in docs/runbook.md, if several alarms share one. @default - the name */
  readonly article?: string;
  /** The effect on users, as one sentence without its full stop. */
  readonly impact: string;
  /** A metric without a label: CDK renders a labelled one as an expression, and the local engine supports no alarms on those. */
  readonly metric: Metric;
  /** The metric's label on the dashboard. */
  readonly label: string;
  readonly threshold: number;
  /** The side of the threshold on which the alarm is raised. @default 'above' */
  readonly bad?: 'above' | 'below';
  /** Consecutive periods that must breach the threshold. @default 1 */
  readonly periods?: number;
  /** Whether missing data breaches the threshold. @default false */
  readonly missingDataIsBad?: boolean;
}

/**
 * Adds an alarm to a metric of the dashboard; its description has the effect on users and a link to the runbook.
 * @param prefix - the prefix of this stage's alarm names
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
    missingDataIsBad = false,
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
        treatMissingDataOverride: missingDataIsBad
          ? TreatMissingData.BREACHING
          : TreatMissingData.NOT_BREACHING,
        overrideAnnotationLabel: name,
      },
    },
  });
