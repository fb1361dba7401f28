import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { CustomMetricGroup } from 'cdk-monitoring-constructs';
import { METRIC, SERVICE } from '#shared/deployment/names.ts';
import type { NodeFunction } from '../node-function.ts';
import type { WorkQueue } from '../queue.ts';
import { PERIOD, type Watch } from './watch.ts';

/** The resources that take in messages of vendors' clients. */
export interface ClientMetricsProps {
  readonly queue: WorkQueue;
  readonly accept: NodeFunction;
}

/** Metrics of messages of vendors' clients: accepted, stored, refused, and how long that takes. */
export const clientMetrics = (
  { own, alarm }: Watch,
  { queue, accept }: ClientMetricsProps,
): CustomMetricGroup[] => [
  {
    title: 'Calls of clients, and records in their queue',
    metrics: [
      accept.metricInvocations({ period: PERIOD, statistic: Stats.SUM, label: 'calls' }),
      queue.metricWaiting().with({ label: 'waiting' }),
      queue.metricInFlight().with({ label: 'in hand' }),
    ],
  },
  {
    title: 'Duration of a call (ms)',
    metrics: [
      accept.metricDuration({ period: PERIOD, statistic: Stats.p(50), label: 'p50' }),
      accept.metricDuration({ period: PERIOD, statistic: Stats.p(99), label: 'p99' }),
    ],
  },
  {
    title: 'From accepting a message to storing it (ms)',
    metrics: [
      own(SERVICE.ingest, METRIC.messageLagMs, Stats.p(50), 'p50'),
      own(SERVICE.ingest, METRIC.messageLagMs, Stats.p(99), 'p99'),
    ],
  },
  {
    title: 'Age of the oldest record (s)',
    metrics: [
      alarm({
        name: 'messages-late',
        impact: 'Messages of vendors’ clients are stored late; none is lost',
        metric: queue.metricAge(),
        label: 'messages',
        threshold: 60,
        periods: 3,
      }),
    ],
  },
];
