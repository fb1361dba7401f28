import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { type CustomMetricGroup, type CustomMetricSearch, MetricStatistic } from 'cdk-monitoring-constructs';
import { DIMENSION, METRIC, SERVICE } from '#shared/deployment/names.ts';
import type { NodeFunction } from '../node-function.ts';
import { type MetricName, PERIOD, type Watch } from './watch.ts';

/** What requests come in by. */
export interface GatewayProps {
  readonly restApi: RestApi;
  /** The import functions. */
  readonly importers: readonly NodeFunction[];
}

/** A metric of imports, a line for each value of the dimensions. */
const importsBy = (metricName: MetricName, ...dimensions: string[]): CustomMetricSearch => ({
  searchQuery: `MetricName="${metricName}"`,
  dimensionsMap: {
    [DIMENSION.service]: SERVICE.ingest,
    // What is undefined is part of the search without being asked for a value.
    ...Object.fromEntries(dimensions.map((name) => [name, undefined])),
  },
  statistic: MetricStatistic.SUM,
  period: PERIOD,
});

/** What is imported, what is not, and how long it takes. */
export const importMetrics = ({ own, alarm }: Watch): CustomMetricGroup[] => {
  const { ingest } = SERVICE;
  return [
    { title: 'Imported, by endpoint', metrics: [importsBy(METRIC.eventsImported, DIMENSION.endpoint)] },
    {
      title: 'Skipped, by endpoint and reason',
      metrics: [importsBy(METRIC.eventsSkipped, DIMENSION.endpoint, DIMENSION.reason)],
    },
    {
      title: 'Time of an import (ms)',
      metrics: [
        own(ingest, METRIC.storeMs, Stats.p(50), 'p50'),
        own(ingest, METRIC.storeMs, Stats.p(99), 'p99'),
      ],
    },
    {
      title: 'Entries of a batch',
      metrics: [
        own(ingest, METRIC.batchEntries, Stats.AVERAGE, 'average'),
        own(ingest, METRIC.batchEntries, Stats.MAXIMUM, 'most'),
      ],
    },
    {
      title: 'Not all stored (503), and calls made again',
      metrics: [
        alarm({
          name: 'imports-incomplete',
          impact: 'Importers are answered 503 and must send the same batches again; nothing is lost',
          metric: own(ingest, METRIC.importsIncomplete, Stats.SUM),
          label: 'incomplete',
          threshold: 5,
          periods: 2,
        }),
        own(ingest, METRIC.storeRetries, Stats.SUM, 'calls again'),
      ],
    },
  ];
};

/** What callers are answered, and whether the import functions break. */
export const gatewayMetrics = (
  { alarm }: Watch,
  { restApi, importers }: GatewayProps,
): CustomMetricGroup[] => {
  const errors = importers.map((fn) => {
    const what = fn.label.replace('ingest/', '');
    return alarm({
      name: `import-errors-${what.replace(' ', '-')}`,
      article: 'import-errors',
      impact: `Imports of ${what} are answered 503 because their function breaks`,
      metric: fn.metricErrors({ period: PERIOD }),
      label: fn.label,
      threshold: 0,
      periods: 2,
    });
  });
  return [
    {
      title: 'Answers',
      metrics: [
        restApi.metricCount({ period: PERIOD, label: 'all', statistic: Stats.SUM }),
        restApi.metricClientError({ period: PERIOD, label: '4xx (429 among them)', statistic: Stats.SUM }),
        restApi.metricServerError({ period: PERIOD, label: '5xx', statistic: Stats.SUM }),
      ],
    },
    {
      title: 'Part of answers that are 5xx',
      metrics: [
        alarm({
          name: 'api-failures',
          impact: 'More than one request in twenty fails, and callers must send it again',
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
    {
      title: 'Import functions: errors and throttles',
      metrics: [
        ...errors,
        ...importers.map((fn) => fn.metricThrottles({ period: PERIOD, label: `${fn.label} throttled` })),
      ],
    },
  ];
};
