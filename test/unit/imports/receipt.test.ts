import fc from 'fast-check';
import { countReasons, OPEN_AT_MOST_MS, openAtMostMs, receiptNote } from '#shared/imports/receipt.ts';
import { NOW } from '#test/support/builders.ts';

const errors = (...reasons: string[]) => reasons.map((reason) => ({ reason }));

describe('countReasons', () => {
  it('counts each reason', () => {
    const counts = countReasons(
      errors('Contact not found', 'occurredAt is in the future', 'Contact not found', 'Contact not found'),
    );

    expect(counts).toEqual({ 'Contact not found': 3, 'occurredAt is in the future': 1 });
  });

  it.each([
    ['types', ["Invalid event type: 'forward'", "Invalid event type: 'open'"]],
    ['a type with a colon', ["Invalid event type: 'a: b'", "Invalid event type: ':'"]],
    [
      'a type that reads like another reason',
      ["Invalid event type: 'Contact not found'", "Invalid event type: ''"],
    ],
    ['a type with line feeds', ["Invalid event type: '\n\n'", "Invalid event type: '1'"]],
  ])('omits quoted values: %s', (_case, reasons) => {
    expect(countReasons(errors(...reasons))).toEqual({ 'Invalid event type': 2 });
  });

  it('omits positions in lists', () => {
    const reasons = [
      'cio_relationships[0].identifiers is wrong',
      'cio_relationships[57].identifiers is wrong',
    ];

    expect(countReasons(errors(...reasons))).toEqual({ 'cio_relationships[].identifiers is wrong': 2 });
  });

  it('has one entry for all invalid types, which counts every one', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (types) => {
        const counts = countReasons(types.map((type) => ({ reason: `Invalid event type: '${type}'` })));

        expect(counts).toEqual(types.length === 0 ? {} : { 'Invalid event type': types.length });
      }),
    );
  });
});

describe('receiptNote', () => {
  const receivedAgo = (ms: number): string => new Date(NOW - ms).toISOString();

  it.each([
    ['completed', receivedAgo(0)],
    ['completed', receivedAgo(OPEN_AT_MOST_MS * 100)],
    ['open', receivedAgo(0)],
    ['open', receivedAgo(OPEN_AT_MOST_MS)],
  ] as const)('is null for a receipt that is %s and was received at %s', (state, receivedAt) => {
    expect(receiptNote({ state, receivedAt, endpoint: 'events/web' }, NOW)).toBeNull();
  });

  it('is null for an import of collected messages that is open for as long as their function may run', () => {
    const receipt = { state: 'open', endpoint: 'stream' } as const;

    expect(receiptNote({ ...receipt, receivedAt: receivedAgo(openAtMostMs('stream')) }, NOW)).toBeNull();
    expect(
      receiptNote({ ...receipt, receivedAt: receivedAgo(openAtMostMs('stream') + 1) }, NOW),
    ).not.toBeNull();
  });

  it.each(['open', 'incomplete'] as const)(
    'states that there is nothing to do about an import of collected messages that is %s',
    (state) => {
      const receivedAt = receivedAgo(openAtMostMs('stream') + 1);

      const note = receiptNote({ state, receivedAt, endpoint: 'stream' }, NOW);

      expect(note).toMatch(/a later import has all of its messages; there is nothing to do/i);
    },
  );

  it('states that an incomplete import can be sent again', () => {
    expect(
      receiptNote({ state: 'incomplete', receivedAt: receivedAgo(0), endpoint: 'leadvibe' }, NOW),
    ).toMatch(/not all .* sending the same batch again is safe/i);
  });

  it('states the same for a receipt that is open for too long, because its request died', () => {
    expect(
      receiptNote({ state: 'open', receivedAt: receivedAgo(OPEN_AT_MOST_MS + 1), endpoint: 'contacts' }, NOW),
    ).toMatch(/ended before it was completed.* sending the same batch again is safe/i);
  });
});
