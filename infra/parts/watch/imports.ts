import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { type CustomMetricGroup, type CustomMetricSearch, MetricStatistic } from 'cdk-monitoring-constructs';
import { DIMENSION, METRIC, SERVICE } from '#shared/deployment/names.ts';
import type { NodeFunction } from '../node-function.ts';
import { type MetricName, PERIOD, type Watch } from './watch.ts';

/** The resources that serve requests. */
export interface GatewayProps {
  readonly restApi: RestApi;
  /** The import functions that answer requests. */
  readonly importers: readonly NodeFunction[];
}

/** A metric of imports, with one line for each value of the dimensions. */
const importsBy = (metricName: MetricName, ...dimensions: string[]): CustomMetricSearch => ({
  searchQuery: `MetricName="${metricName}"`,
  dimensionsMap: {
    [DIMENSION.service]: SERVICE.ingest,
    // An undefined dimension is part of the search, with any value.
    ...Object.fromEntries(dimensions.map((name) => [name, undefined])),
  },
  statistic: MetricStatistic.SUM,
  period: PERIOD,
});

/** Metrics of imports: entries stored, entries skipped, duration. */
export const importMetrics = ({ own, alarm }: Watch): CustomMetricGroup[] => {
  const { ingest } = SERVICE;
  return [
    { title: 'Imported, by endpoint', metrics: [importsBy(METRIC.eventsImported, DIMENSION.endpoint)] },
    {
      title: 'Skipped, by endpoint and reason',
      metrics: [importsBy(METRIC.eventsSkipped, DIMENSION.endpoint, DIMENSION.reason)],
    },
    {
      title: 'Duration of an import (ms)',
      metrics: [
        own(ingest, METRIC.storeMs, Stats.p(50), 'p50'),
        own(ingest, METRIC.storeMs, Stats.p(99), 'p99'),
      ],
    },
    {
      title: 'Entries of a batch',
      metrics: [
        own(ingest, METRIC.batchEntries, Stats.AVERAGE, 'average'),
        own(ingest, METRIC.batchEntries, Stats.MAXIMUM, 'maximum'),
      ],
    },
    {
      title: 'Incomplete imports (503) and retried calls',
      metrics: [
        alarm({
          name: 'imports-incomplete',
          impact:
            'Imports return 503 and the same batches must be sent again, or are repeated by their queue; nothing is lost',
          metric: own(ingest, METRIC.importsIncomplete, Stats.SUM),
          label: 'incomplete',
          threshold: 5,
          periods: 2,
        }),
        own(ingest, METRIC.storeRetries, Stats.SUM, 'retried calls'),
      ],
    },
  ];
};

/** Metrics of the API's responses, and of errors of the import functions. */
export const gatewayMetrics = (
  { alarm }: Watch,
  { restApi, importers }: GatewayProps,
): CustomMetricGroup[] => {
  const errors = importers.map((fn) => {
    const endpoint = fn.label.replace(/^\w+\//, '');
    return alarm({
      name: `import-errors-${endpoint.replace(' ', '-')}`,
      article: 'import-errors',
      impact: `Imports of ${endpoint} return 503 because their function fails`,
      metric: fn.metricErrors({ period: PERIOD }),
      label: fn.label,
      threshold: 0,
      periods: 2,
    });
  });
  return [
    {
      title: 'Responses',
      metrics: [
        restApi.metricCount({ period: PERIOD, label: 'all', statistic: Stats.SUM }),
        restApi.metricClientError({ period: PERIOD, label: '4xx (including 429)', statistic: Stats.SUM }),
        restApi.metricServerError({ period: PERIOD, label: '5xx', statistic: Stats.SUM }),
      ],
    },
    {
      title: 'Share of responses that are 5xx',
      metrics: [
        alarm({
          name: 'api-failures',
          impact: 'More than one request in twenty fails and must be sent again',
          metric: restApi.metricServerError({ period: PERIOD, statistic: Stats.AVERAGE }),
          label: '5xx',
          threshold: 0.05,
          periods: 2,
        }),
      ],
    },
    {
      title: 'Latency (ms)',
      metrics: [
        restApi.metricLatency({ period: PERIOD, label: 'p50', statistic: Stats.p(50) }),
        restApi.metricLatency({ period: PERIOD, label: 'p99', statistic: Stats.p(99) }),
      ],
    },
    { title: 'Import functions: errors', metrics: errors },
  ];
};
