import { contactIdOf } from '#shared/identities/contact-id.ts';
import { createContactImporter } from '#shared/imports/contact-import.ts';
import { createEventImporter } from '#shared/imports/event-import.ts';
import { anEmailEntry, ORG, SARAH } from '#test/support/builders.ts';
import { aContactBatch, anEventBatch, aWorld, completed, type Step } from '#test/support/import-world.ts';

const KNOWN = [contactIdOf(ORG, SARAH)];

const aStage = (overrides: Parameters<typeof aWorld>[0] = {}) => {
  const world = aWorld({ known: KNOWN, ...overrides });
  return { ...world, run: createEventImporter(world.deps) };
};

describe('the report of an import', () => {
  it('counts imported and, by reason, skipped entries, and contains the duration', async () => {
    const { run, reports, receipts } = aStage({ takes: { find: 30, put: 400, close: 5 } });

    await run(
      anEventBatch([
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
        ms: 435,
        retries: 0,
      },
    ]);
  });

  it('of contacts agrees with the outcome', async () => {
    const world = aWorld();
    const run = createContactImporter(world.deps);

    const outcome = completed(await run(aContactBatch([{ email: SARAH }, { email: 'nobody' }])));

    expect(world.reports).toMatchObject([
      {
        endpoint: 'contacts',
        received: 2,
        imported: outcome.imported,
        skipped: outcome.errors.length,
        complete: true,
      },
    ]);
  });

  it('reports that the import is incomplete, and the number of stored events', async () => {
    const { run, reports } = aStage({ leaves: (items) => items.slice(1) });

    await run(anEventBatch([anEmailEntry(), anEmailEntry({ eventId: 'another' })]));

    expect(reports).toMatchObject([{ received: 2, imported: 1, skipped: 0, complete: false }]);
  });

  // Stored entries are reported even if the receipt could not be closed.
  const counted = (step: Step) => ({ imported: step === 'close' ? 1 : 0, skipped: step === 'close' ? 1 : 0 });

  it.each(['find', 'open', 'close'] as const)('is made if "%s" ran out of time', async (slow) => {
    const { run, reports } = aStage({ slow });

    await run(anEventBatch([anEmailEntry(), null]));

    expect(reports).toMatchObject([{ received: 2, ...counted(slow), complete: false }]);
  });

  it.each(['find', 'open', 'put', 'close'] as const)('is made if "%s" throws', async (broken) => {
    const { run, reports } = aStage({ broken });

    const running = run(anEventBatch([anEmailEntry(), null]));

    await expect(running).rejects.toThrow(`${broken} is broken`);
    expect(reports).toMatchObject([{ received: 2, ...counted(broken), complete: false }]);
  });

  it.each([
    ['events', undefined, 4],
    ['events', 'find', 2],
    ['events', 'put', 4],
    ['contacts', undefined, 2],
    ['contacts', 'link', 2],
  ] as const)('counts the retried calls of tables for %s (broken: %s)', async (what, broken, n) => {
    const { deps, reports } = aWorld({ known: KNOWN, ...(broken && { broken }) });
    const retryTwice = ({ onRetry }: { readonly onRetry?: () => void }): void => {
      onRetry?.();
      onRetry?.();
    };
    const { put } = deps.events;
    const { link } = deps;
    const { find } = deps.contacts;
    const retrying = {
      ...deps,
      events: {
        put: ((items, options) => {
          retryTwice(options);
          return put(items, options);
        }) satisfies typeof put,
      },
      contacts: {
        find: ((orgId, ids, options) => {
          retryTwice(options);
          return find(orgId, ids, options);
        }) satisfies typeof find,
      },
      link: ((orgId, messages, options) => {
        retryTwice(options);
        return link(orgId, messages, options);
      }) satisfies typeof link,
    };

    const running =
      what === 'events'
        ? createEventImporter(retrying)(anEventBatch([anEmailEntry()]))
        : createContactImporter(retrying)(aContactBatch([{ email: SARAH }]));
    await running.catch(() => {});

    expect(reports).toMatchObject([{ retries: n, complete: broken === undefined }]);
  });

  it('covers one import, even if others run at the same time', async () => {
    const { run, reports } = aStage();

    await Promise.all([run(anEventBatch([anEmailEntry()])), run(anEventBatch([null, null]))]);

    expect(reports.map(({ imported, skipped }) => [imported, skipped]).sort()).toEqual([
      [0, 2],
      [1, 0],
    ]);
  });
});
