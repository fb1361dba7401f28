import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { CustomMetricGroup } from 'cdk-monitoring-constructs';
import { METRIC, REFRESH_QUEUES, type RefreshQueue, SERVICE } from '#shared/deployment/names.ts';
import type { AlarmProps } from '../alarms.ts';
import type { EventStream } from '../event-stream.ts';
import type { WorkQueue } from '../queue.ts';
import type { Watch } from './watch.ts';

/** The consumers of new events, and the queue of rebuilds. */
export interface EventStreams {
  readonly liveEvents: EventStream;
  readonly analytics: EventStream;
  /** The queue of chart rebuilds. */
  readonly rebuildQueue: WorkQueue;
}

const HOUR_SECONDS = 3_600;
const MINUTE_SECONDS = 60;
const MINUTE_MS = 60_000;

/**
 * The age at which each queue's oldest message is late. Two consecutive periods, so that a burst that clears in time raises no
 * alarm.
 *
 * - live: the target is seconds; a minute indicates a backlog.
 * - due: the target is two minutes, one of which the sweep may take; five minutes leave room for one retry.
 * - bulk: ten million contacts take 45 minutes at best, and twice that at a new table's throughput (docs/capacity.md). A wait
 *   of four hours means several such jobs at once, or no progress.
 */
const LATE: Readonly<Record<RefreshQueue, Pick<AlarmProps, 'impact' | 'threshold' | 'periods'>>> = {
  live: {
    impact: 'New activity of contacts changes their scores and segments minutes late',
    threshold: MINUTE_SECONDS,
    periods: 2,
  },
  due: {
    impact: 'Contacts enter and leave time-based segments minutes late',
    threshold: 5 * MINUTE_SECONDS,
    periods: 2,
  },
  bulk: {
    impact: 'Refreshes and evaluations of segments are unfinished hours after they were requested',
    threshold: 4 * HOUR_SECONDS,
    periods: 2,
  },
};

/** Metrics of refreshes: throughput and delay. */
export const refreshMetrics = (
  { own, alarm }: Watch,
  queues: Readonly<Record<RefreshQueue, WorkQueue>>,
  planQueue: WorkQueue,
): CustomMetricGroup[] => [
  {
    title: 'Contacts refreshed, segments entered or left',
    metrics: [
      ...REFRESH_QUEUES.flatMap((name) => [
        own(SERVICE[name], METRIC.contactsRefreshed, Stats.SUM, `${name}: contacts`),
        own(SERVICE[name], METRIC.segmentChanges, Stats.SUM, `${name}: segment changes`),
      ]),
    ],
  },
  {
    title: 'From message sent to contacts refreshed (ms)',
    metrics: [
      ...REFRESH_QUEUES.flatMap((name) => [
        own(SERVICE[name], METRIC.refreshLagMs, Stats.p(50), `${name}: p50`),
        own(SERVICE[name], METRIC.refreshLagMs, Stats.p(99), `${name}: p99`),
      ]),
    ],
  },
  {
    title: 'Age of the oldest message (s)',
    metrics: [
      ...REFRESH_QUEUES.map((name) =>
        alarm({ name: `refresh-${name}-late`, metric: queues[name].metricAge(), label: name, ...LATE[name] }),
      ),
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
    title: 'Contacts due by time, successful sweeps',
    metrics: [
      own(SERVICE.sweep, METRIC.contactsDue, Stats.SUM, 'contacts due'),
      alarm({
        name: 'sweep-stopped',
        impact: 'Contacts do not enter or leave segments as time passes',
        metric: own(SERVICE.sweep, METRIC.contactsDue, Stats.SAMPLE_COUNT),
        label: 'sweeps',
        threshold: 1,
        bad: 'below',
        missingDataIsBad: true,
      }),
    ],
  },
];

/** Metrics of the delay with which new events reach contacts and charts. */
export const streamMetrics = (
  { own, alarm }: Watch,
  { liveEvents, analytics, rebuildQueue }: EventStreams,
): CustomMetricGroup[] => [
  {
    title: 'Delay of the stream consumers (ms)',
    metrics: [
      alarm({
        name: 'live-events-late',
        impact: 'New activity of contacts changes their scores and segments minutes late',
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
    title: 'From stored to processed (ms)',
    metrics: [
      own(SERVICE.liveEvents, METRIC.liveEventLagMs, Stats.MAXIMUM, 'live events queued'),
      own(SERVICE.count, METRIC.streamLagMs, Stats.MAXIMUM, 'events counted'),
    ],
  },
  {
    title: 'Events added to the charts',
    metrics: [own(SERVICE.count, METRIC.analyticsCounted, Stats.SUM, 'events')],
  },
  {
    title: 'Rebuilds of charts: age of the oldest message (s)',
    metrics: [
      alarm({
        name: 'rebuild-late',
        impact: 'A rebuild of charts makes no progress; the charts remain as they were before it',
        metric: rebuildQueue.metricAge(),
        label: 'rebuild',
        threshold: HOUR_SECONDS,
        periods: 3,
      }),
    ],
  },
];
