import { createImportContacts } from '#functions/ingest/contacts/handler.ts';
import { createImportEvents } from '#functions/ingest/import-events/handler.ts';
import type { ImportReport } from '#functions/ingest/import-request.ts';
import { createImportReporter } from '#functions/ingest/report-import.ts';
import { CONTACTS, EMAIL_EVENTS } from '#shared/contract/import-shapes.ts';
import { SERVICE } from '#shared/deployment/names.ts';
import { contactIdOf } from '#shared/identities/contact-id.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { aBatch, anEmailEntry, ORG, SARAH } from '#test/support/builders.ts';
import { answerOf, aWorld } from '#test/support/import-world.ts';

const KNOWN = [contactIdOf(ORG, SARAH)];

const aStage = (overrides: Parameters<typeof aWorld>[0] = {}) => {
  const world = aWorld({ known: KNOWN, ...overrides });
  return { ...world, run: createImportEvents(world.deps, EMAIL_EVENTS) };
};

describe('the report of an import', () => {
  it('counts what was imported and what was not, by rule', async () => {
    const { run, reports, receipts } = aStage();

    await run(
      aBatch('events', [
        anEmailEntry(),
        anEmailEntry({ contactEmail: 'nobody@example.com' }),
        anEmailEntry({ type: 'forward' }),
        anEmailEntry({ type: 'lost' }),
      ]),
    );

    expect(reports).toEqual([
      {
        orgId: ORG,
        importId: receipts[0]?.id,
        endpoint: 'events/email',
        received: 4,
        imported: 1,
        skipped: 3,
        reasons: { 'Contact not found': 1, 'Invalid event type': 2 },
        complete: true,
        ms: 0,
        retries: 0,
      },
    ]);
  });

  it('of contacts says what the answer says', async () => {
    const world = aWorld();
    const run = createImportContacts(world.deps, CONTACTS);

    const answer = answerOf(await run(aBatch('contacts', [{ email: SARAH }, { email: 'nobody' }])));

    expect(world.reports).toMatchObject([
      {
        endpoint: 'contacts',
        received: 2,
        imported: answer.imported,
        skipped: answer.skipped,
        complete: true,
      },
    ]);
  });

  it('says that not all is stored, and what is', async () => {
    const { run, reports } = aStage({ leaves: (items) => items.slice(1) });

    const running = run(aBatch('events', [anEmailEntry(), anEmailEntry({ eventId: 'another' })]));

    await expect(running).rejects.toThrow('could not be stored in time');
    expect(reports).toMatchObject([{ received: 2, imported: 1, skipped: 0, complete: false }]);
  });

  it.each(['existing', 'open', 'close'] as const)('is made where "%s" ran out of time', async (slow) => {
    const { run, reports } = aStage({ slow });

    const running = run(aBatch('events', [anEmailEntry()]));

    await expect(running).rejects.toThrow('safe');
    expect(reports).toMatchObject([
      { received: 1, imported: slow === 'close' ? 1 : 0, skipped: 0, complete: false },
    ]);
  });

  it('is not made of a request that is refused whole', async () => {
    const { run, reports } = aStage();

    await expect(run(aBatch('entries', []))).rejects.toThrow('must have an array');
    expect(reports).toEqual([]);
  });

  it('counts the calls of tables that were made again', async () => {
    const world = aWorld({ known: KNOWN });
    const { put } = world.deps.events;
    const events = {
      put: ((items, options) => {
        options.onRetry?.();
        options.onRetry?.();
        return put(items, options);
      }) satisfies typeof put,
    };

    await createImportEvents({ ...world.deps, events }, EMAIL_EVENTS)(aBatch('events', [anEmailEntry()]));

    expect(world.reports).toMatchObject([{ retries: 2 }]);
  });
});

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
    const { metrics } = createTelemetry('ingest-email-events', SERVICE.ingest);
    const lines: unknown[][] = [];
    const logger = { info: (...line: unknown[]) => void lines.push(line) };
    return { metrics, lines, report: createImportReporter({ logger, metrics }) };
  };

  it('are by endpoint and over all, never by organisation', () => {
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

  it('come with one log line that names the organisation', () => {
    const { lines, report } = aReporter();

    report(aReport);

    expect(lines).toEqual([['Import', aReport]]);
  });
});
