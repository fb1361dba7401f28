import { createImportEvents } from '#functions/ingest/import-events/handler.ts';
import type { Item } from '#shared/aws/dynamodb.ts';
import { EMAIL_EVENTS } from '#shared/contract/import-shapes.ts';
import { contactIdOf } from '#shared/identities/contact-id.ts';
import { aBatch, anEmailEntry, NOW, ORG, SARAH } from '#test/support/builders.ts';
import { aWorld, errorOf } from '#test/support/import-world.ts';

const JAMES = 'james@example.com';
const KNOWN = [SARAH, JAMES].map((email) => contactIdOf(ORG, email));

const aStage = (overrides: Parameters<typeof aWorld>[0]) => {
  const world = aWorld({ known: KNOWN, ...overrides });
  return { ...world, run: createImportEvents(world.deps, EMAIL_EVENTS) };
};

describe('importing when the tables are slow', () => {
  const twoAndATwin = [
    anEmailEntry(),
    anEmailEntry(),
    anEmailEntry({ contactEmail: JAMES }),
    { type: 'sent' },
  ];

  it('answers 503 when events were left, and leaves the receipt incomplete', async () => {
    const { run, receipts, journal } = aStage({ leaves: (items: readonly Item[]) => items.slice(1) });

    const error = await errorOf(run(aBatch('events', twoAndATwin)));

    expect(error).toMatchObject({ statusCode: 503, code: 'not_all_stored' });
    expect(error.message).toMatch(/^1 of 2 events .* sending the same batch again is safe\.$/i);
    expect(error.headers).toEqual({ 'retry-after': '5', 'x-import-id': receipts[0]?.id });
    expect(journal).toEqual(['existing', 'open', 'put', 'close']);
    expect(receipts[0]?.outcome).toMatchObject({ state: 'incomplete', imported: 1, skipped: 1 });
  });

  it.each(['existing', 'open'] as const)(
    'answers 503 when "%s" ran out of time, and stores nothing',
    async (slow) => {
      const { run, journal, stored, receipts } = aStage({ slow });

      const error = await errorOf(run(aBatch('events', twoAndATwin)));

      expect(error).toMatchObject({ statusCode: 503, code: 'not_all_stored' });
      // There is no receipt that could be named.
      expect(error.headers).toEqual({
        'retry-after': '5',
      });
      expect(journal.at(-1)).toBe(slow);
      expect(journal).not.toContain('put');
      expect(stored.size).toBe(0);
      expect(receipts.some(({ outcome }) => outcome !== undefined)).toBe(false);
    },
  );

  it('completes no receipt when the table refuses for good', async () => {
    const { run, receipts } = aStage({
      leaves: () => {
        throw new Error('ResourceNotFoundException');
      },
    });

    await expect(run(aBatch('events', twoAndATwin))).rejects.toThrow('ResourceNotFoundException');
    expect(receipts).toMatchObject([{ outcome: undefined }]);
  });

  // the time that runs out while the receipt is closed reaches the caller as 500.
  it('answers 503 when the receipt could not be closed in time', async () => {
    const { run } = aStage({ slow: 'close' });

    const error = await errorOf(run(aBatch('events', twoAndATwin)));

    expect(error).toMatchObject({ statusCode: 503, headers: { 'retry-after': '5' } });
  });

  it('gives looking up, opening and putting one deadline, and closing a later one', async () => {
    const { run, deadlines } = aStage({});

    await run(aBatch('events', twoAndATwin));

    const { existing, open, put, close } = deadlines;
    expect([open, put]).toEqual([existing, existing]);
    expect((existing ?? 0) - NOW + ((close ?? 0) - NOW)).toBeLessThan(29_000);
  });
});
