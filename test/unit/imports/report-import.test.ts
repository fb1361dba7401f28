import { SERVICE } from '#shared/deployment/names.ts';
import type { ImportReport } from '#shared/imports/import-run.ts';
import { createImportReporter } from '#shared/imports/report-import.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { ORG } from '#test/support/builders.ts';

describe('the metrics of an import', () => {
  const aReport: ImportReport = {
    orgId: ORG,
    importId: 'imp_1',
    endpoint: 'events/email',
    received: 10,
    imported: 10,
    skipped: 0,
    reasons: {},
    complete: true,
    ms: 1_234,
    retries: 3,
  };

  const aReporter = () => {
    const { metrics } = createTelemetry('ingest-events-email', SERVICE.ingest);
    const lines: unknown[][] = [];
    const logger = { info: (...line: unknown[]) => void lines.push(line) };
    return { metrics, lines, report: createImportReporter({ logger, metrics }) };
  };

  afterEach(() => {
    delete process.env['POWERTOOLS_METRICS_DISABLED'];
  });

  it('are by endpoint and in total, never by organisation', () => {
    const { metrics, report } = aReporter();

    report(aReport);
    const { _aws, ...values } = metrics.serializeMetrics();

    expect(_aws.CloudWatchMetrics[0]?.Dimensions).toEqual([['service'], ['service', 'endpoint']]);
    expect(values).toEqual({
      service: 'ingest',
      endpoint: 'events/email',
      EventsImported: 10,
      EventsSkipped: 0,
      BatchEntries: 10,
      StoreMs: 1_234,
      StoreRetries: 3,
      ImportsIncomplete: 0,
    });
  });

  it('have the dimensions once, however many imports an invocation has', () => {
    // They are published all the same, but not printed.
    process.env['POWERTOOLS_METRICS_DISABLED'] = 'true';
    const { metrics, report } = aReporter();

    report(aReport);
    report({ ...aReport, importId: 'imp_2', received: 20 });
    const { _aws, ...values } = metrics.serializeMetrics();

    expect(_aws.CloudWatchMetrics[0]?.Dimensions).toEqual([['service'], ['service', 'endpoint']]);
    expect(values).toMatchObject({ BatchEntries: 20 });
  });

  it('are accompanied by one log line with the organisation', () => {
    const { lines, report } = aReporter();

    report(aReport);

    expect(lines).toEqual([['Import', aReport]]);
  });
});
