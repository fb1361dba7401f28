import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { CustomMetricGroup } from 'cdk-monitoring-constructs';
import { METRIC, type RefreshQueue, SERVICE } from '#shared/deployment/names.ts';
import type { AlarmProps } from '../alarms.ts';
import type { WorkQueue } from '../queue.ts';
import { PERIOD, type Watch } from './watch.ts';

/** All queues with workers, by the names of their alarms. */
export interface WorkQueues extends Readonly<Record<RefreshQueue, WorkQueue>> {
  readonly plan: WorkQueue;
  readonly rebuild: WorkQueue;
  readonly messages: WorkQueue;
}

/**
 * The number of waiting messages that is a backlog, by queue. It complements the age, from which SQS excludes messages that
 * were received three times or more (SQS Developer Guide, "Available CloudWatch metrics for Amazon SQS"). Workers process
 * 200 messages of 20 contacts a second, as many as a new table stores.
 *
 * - live: a minute of work, which is the target's order of magnitude.
 * - due: five minutes, as for its age.
 * - bulk: a job has 400 messages in flight, so these are a hundred jobs at once.
 * - plan: a message for each page that was settled; eight planners take one or two minutes for these.
 * - rebuild: 400 messages a rebuild, so these are 25 at once.
 * - messages: records of one or more messages of clients, some seconds of work for all collectors.
 */
const BACKLOG: Readonly<Record<keyof WorkQueues, Pick<AlarmProps, 'impact' | 'threshold'>>> = {
  live: { impact: 'New activity of contacts waits to change their scores and segments', threshold: 12_000 },
  due: { impact: 'Contacts wait to enter and leave time-based segments', threshold: 60_000 },
  bulk: { impact: 'Refreshes and evaluations of segments wait for many others', threshold: 40_000 },
  plan: { impact: 'Refreshes and evaluations of segments make slow progress', threshold: 1_000 },
  rebuild: { impact: 'Rebuilds of charts wait for many others', threshold: 10_000 },
  messages: { impact: 'Messages of clients wait to be stored', threshold: 60_000 },
};

const WORK_QUEUES = Object.keys(BACKLOG) as (keyof WorkQueues)[];

/** Metrics of the queues' backlog, and of messages that workers have in hand or that wait for their next receive. */
export const backlogMetrics = ({ alarm }: Watch, queues: WorkQueues): CustomMetricGroup[] => [
  {
    title: 'Waiting messages',
    metrics: WORK_QUEUES.map((name) =>
      alarm({
        name: `backlog-${name}`,
        article: 'backlog',
        metric: queues[name].metricWaiting().with({ statistic: Stats.MAXIMUM, period: PERIOD }),
        label: name,
        periods: 3,
        ...BACKLOG[name],
      }),
    ),
  },
  {
    title: 'Messages in hand or on a pause after a failure',
    metrics: WORK_QUEUES.map((name) => queues[name].metricInFlight().with({ label: name })),
  },
];

/** Metrics of items that jobs could not process. */
export const jobMetrics = ({ own, alarm }: Watch): CustomMetricGroup => ({
  title: 'Failed items of jobs',
  metrics: [
    alarm({
      name: 'jobs-failed-refresh',
      article: 'jobs-failed',
      impact: 'A refresh or an evaluation of a segment has failed for some contacts',
      metric: own(SERVICE.bulk, METRIC.jobItemsFailed, Stats.SUM),
      label: 'contacts not refreshed',
      threshold: 0,
    }),
    alarm({
      name: 'jobs-failed-rebuild',
      article: 'jobs-failed',
      impact: 'A rebuild of charts has failed; the charts remain as they were before it',
      metric: own(SERVICE.rebuild, METRIC.jobItemsFailed, Stats.SUM),
      label: 'contacts not counted again',
      threshold: 0,
    }),
  ],
});
