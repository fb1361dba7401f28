import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { CustomMetricGroup } from 'cdk-monitoring-constructs';
import { METRIC, SERVICE } from '#shared/deployment/names.ts';
import type { EventStream } from '../event-stream.ts';
import type { WorkQueue } from '../queue.ts';
import type { Watch } from './watch.ts';

/** The queues of the refresh pipeline. */
export interface RefreshQueues {
  readonly refreshQueue: WorkQueue;
  readonly planQueue: WorkQueue;
}

/** The consumers of new events. */
export interface EventStreams {
  readonly liveEvents: EventStream;
  readonly analytics: EventStream;
}

const HOUR_SECONDS = 3_600;
const MINUTE_MS = 60_000;

/** What is refreshed, what waits for it, and how late it is. */
export const refreshMetrics = (
  { own, alarm }: Watch,
  { refreshQueue, planQueue }: RefreshQueues,
): CustomMetricGroup[] => [
  {
    title: 'Contacts refreshed, segments entered or left',
    metrics: [
      own(SERVICE.worker, METRIC.contactsRefreshed, Stats.SUM, 'contacts'),
      own(SERVICE.worker, METRIC.segmentChanges, Stats.SUM, 'segment changes'),
    ],
  },
  {
    title: 'From asking to refreshed (ms)',
    metrics: [
      own(SERVICE.worker, METRIC.refreshLagMs, Stats.p(50), 'p50'),
      own(SERVICE.worker, METRIC.refreshLagMs, Stats.p(99), 'p99'),
    ],
  },
  {
    title: 'Messages that wait',
    metrics: [
      refreshQueue.metricWaiting().with({ label: 'refresh' }),
      planQueue.metricWaiting().with({ label: 'plan' }),
    ],
  },
  {
    title: 'Age of the oldest message (s)',
    metrics: [
      alarm({
        name: 'refresh-late',
        impact: 'Scores, segments and live events are shown more than an hour late',
        metric: refreshQueue.metricAge(),
        label: 'refresh',
        threshold: HOUR_SECONDS,
        periods: 3,
      }),
      alarm({
        name: 'plan-late',
        impact: 'New or changed segments and scoring weights are not applied',
        metric: planQueue.metricAge(),
        label: 'plan',
        threshold: HOUR_SECONDS / 4,
        periods: 3,
      }),
    ],
  },
  {
    title: 'Contacts due by time, sweeps that ended well',
    metrics: [
      own(SERVICE.sweep, METRIC.contactsDue, Stats.SUM, 'contacts due'),
      alarm({
        name: 'sweep-stopped',
        impact: 'Contacts do not leave or enter segments as time passes',
        metric: own(SERVICE.sweep, METRIC.contactsDue, Stats.SAMPLE_COUNT),
        label: 'sweeps',
        threshold: 1,
        bad: 'below',
        silenceIsBad: true,
      }),
    ],
  },
];

/** How soon new events reach contacts and charts. */
export const streamMetrics = (
  { own, alarm }: Watch,
  { liveEvents, analytics }: EventStreams,
): CustomMetricGroup[] => [
  {
    title: 'How far consumers are behind (ms)',
    metrics: [
      alarm({
        name: 'live-events-late',
        impact: 'What contacts do now changes their scores and segments minutes late',
        metric: liveEvents.metricAge(),
        label: 'live refresh',
        threshold: 10 * MINUTE_MS,
        periods: 2,
      }),
      alarm({
        name: 'analytics-late',
        impact: 'Charts lack the newest imports',
        metric: analytics.metricAge(),
        label: 'charts',
        threshold: 30 * MINUTE_MS,
        periods: 2,
      }),
    ],
  },
  {
    title: 'From stored to seen to (ms)',
    metrics: [
      own(SERVICE.liveEvents, METRIC.liveEventLagMs, Stats.MAXIMUM, 'live events queued'),
      own(SERVICE.count, METRIC.streamLagMs, Stats.MAXIMUM, 'events counted'),
    ],
  },
  {
    title: 'Events new in the charts',
    metrics: [own(SERVICE.count, METRIC.analyticsCounted, Stats.SUM, 'events')],
  },
];
