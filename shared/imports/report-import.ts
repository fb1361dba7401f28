import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { DIMENSION, METRIC } from '../deployment/names.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { ImportReport } from './import-run.ts';

/** The dependencies of {@link createImportReporter}. */
export interface ImportReporterDeps {
  readonly logger: Pick<Telemetry['logger'], 'info'>;
  readonly metrics: Telemetry['metrics'];
}

/**
 * Reports imports: metrics by endpoint and in total, skipped entries by the rule that they violate, and one
 * log line per import. Only the log line has the organisation: as a dimension it would make the number of
 * metrics unbounded.
 */
export const createImportReporter =
  ({ logger, metrics }: ImportReporterDeps) =>
  (report: ImportReport): void => {
    const { endpoint, received, imported, skipped, reasons, complete, ms, retries } = report;
    // Of an earlier import of the same invocation: its dimensions would be those of this one once more.
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
    metrics.addDimensions({});
    metrics.addDimensions({ [DIMENSION.endpoint]: endpoint });
    metrics.addMetric(METRIC.eventsImported, MetricUnit.Count, imported);
    metrics.addMetric(METRIC.eventsSkipped, MetricUnit.Count, skipped);
    metrics.addMetric(METRIC.batchEntries, MetricUnit.Count, received);
    metrics.addMetric(METRIC.storeMs, MetricUnit.Milliseconds, ms);
    metrics.addMetric(METRIC.storeRetries, MetricUnit.Count, retries);
    metrics.addMetric(METRIC.importsIncomplete, MetricUnit.Count, complete ? 0 : 1);
    for (const [reason, count] of Object.entries(reasons)) {
      metrics
        .singleMetric()
        .addDimension(DIMENSION.endpoint, endpoint)
        .addDimension(DIMENSION.reason, reason)
        .addMetric(METRIC.eventsSkipped, MetricUnit.Count, count);
    }
    logger.info('Import', { ...report });
  };
