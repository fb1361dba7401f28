import type { Item } from '#shared/aws/dynamodb.ts';
import { contactIdOf } from '#shared/identities/contact-id.ts';
import { createContactImporter } from '#shared/imports/contact-import.ts';
import { createEventImporter } from '#shared/imports/event-import.ts';
import { aContactEntry, anEmailEntry, NOW, ORG, SARAH } from '#test/support/builders.ts';
import { aContactBatch, anEventBatch, aWorld, completed } from '#test/support/import-world.ts';

const JAMES = 'james@example.com';
const KNOWN = [SARAH, JAMES].map((email) => contactIdOf(ORG, email));

type Options = Parameters<typeof aWorld>[0];

const REASON = { errors: [{ index: 3, identifier: null, reason: expect.stringContaining('required') }] };

/** Both imports of four entries: two of Sarah, which are duplicates, one of James, and an invalid one. */
const IMPORTS = [
  [
    'events',
    (options: Options = {}) => {
      const world = aWorld({ known: KNOWN, ...options });
      const ofJames = anEmailEntry({ contactEmail: JAMES });
      const batch = anEventBatch([anEmailEntry(), anEmailEntry(), ofJames, { contactEmail: null }]);
      return { ...world, run: () => createEventImporter(world.deps)(batch) };
    },
    ['find', 'open', 'put', 'close'],
    // Duplicates of an event have the same key and count once.
    2,
  ],
  [
    'contacts',
    (options: Options = {}) => {
      const world = aWorld(options);
      const ofJames = aContactEntry({ email: JAMES });
      const batch = aContactBatch([aContactEntry(), aContactEntry(), ofJames, { attributes: {} }]);
      return { ...world, run: () => createContactImporter(world.deps)(batch) };
    },
    ['open', 'link', 'close'],
    3,
  ],
] as const;

describe.each(IMPORTS)('the outcome of importing %s', (_what, aStage, steps, storable) => {
  it('is completed if everything is stored or rejected', async () => {
    const { run, receipts } = aStage();

    const outcome = await run();

    expect(outcome).toMatchObject({ kind: 'completed', imported: 3, left: 0, ...REASON });
    expect(completed(outcome).importId).toBe(receipts[0]?.id);
    expect(receipts[0]?.outcome).toMatchObject({ state: 'completed', imported: 3, skipped: 1 });
  });

  it('is incomplete if nothing could be stored in time, also in the receipt', async () => {
    const { run, receipts, journal } = aStage({ slow: steps.at(-2) });

    const outcome = await run();

    expect(outcome).toMatchObject({ kind: 'incomplete', imported: 0, left: storable, ...REASON });
    expect(outcome).toMatchObject({ importId: receipts[0]?.id });
    expect(journal).toEqual(steps);
    expect(receipts[0]?.outcome).toMatchObject({ state: 'incomplete', imported: 0, skipped: 1 });
  });

  it.each(steps.slice(0, -2))('is nothing-stored if "%s" ran out of time', async (slow) => {
    const { run, journal, stored, links, receipts } = aStage({ slow });

    const outcome = await run();

    // There is no receipt to refer to.
    expect(outcome).toEqual({ kind: 'nothing-stored', left: 4 });
    expect(journal.at(-1)).toBe(slow);
    expect([stored.size, links.length]).toEqual([0, 0]);
    expect(receipts.some(({ outcome }) => outcome !== undefined)).toBe(false);
  });

  it('is not-closed if the receipt could not be closed in time', async () => {
    const { run, receipts } = aStage({ slow: 'close' });

    const outcome = await run();

    expect(outcome).toMatchObject({ kind: 'not-closed', importId: receipts[0]?.id, imported: 3, left: 0 });
  });

  it('is also not-closed if neither storing nor closing ended in time', async () => {
    const { run } = aStage({ slow: steps.slice(-2) });

    const outcome = await run();

    expect(outcome).toMatchObject({ kind: 'not-closed', imported: 0, left: storable });
  });

  it.each(steps)('is an error if "%s" fails permanently, and no receipt is closed', async (broken) => {
    const { run, receipts, journal } = aStage({ broken });

    await expect(run()).rejects.toThrow(`${broken} is broken`);
    expect(journal.at(-1)).toBe(broken);
    expect(receipts.some(({ outcome }) => outcome !== undefined)).toBe(false);
  });

  it('is reached with one deadline for all work, and a later one for closing the receipt', async () => {
    const { run, deadlines } = aStage();

    await run();

    const ofWork = steps.slice(0, -1).map((step) => [step, NOW + 20_000]);
    expect(deadlines).toEqual({ ...Object.fromEntries(ofWork), close: NOW + 25_000 });
  });
});

describe('events that are only partly stored', () => {
  it('count once each, regardless of duplicates', async () => {
    const [[, aStage]] = IMPORTS;
    const { run, receipts } = aStage({ leaves: (items: readonly Item[]) => items.slice(1) });

    const outcome = await run();

    expect(outcome).toMatchObject({ kind: 'incomplete', imported: 1, left: 1, ...REASON });
    expect(receipts[0]?.outcome).toMatchObject({ state: 'incomplete', imported: 1, skipped: 1 });
  });
});
