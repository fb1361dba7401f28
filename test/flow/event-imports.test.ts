import { itemBytes, MAX_ITEM_BYTES } from '#shared/aws/dynamodb.ts';
import { SARAH } from '#test/support/builders.ts';
import {
  acceptedEverywhere,
  EVENT_RULES,
  INVALID_EMAIL,
  INVALID_INSTANT,
  refusedEverywhere,
} from '#test/support/event-rules.ts';
import { importEntries, importText, newOrgWith } from '#test/support/imports.ts';
import { eventRows } from '#test/support/tables.ts';

describe.each(EVENT_RULES)('POST $path', ({ anEntry, refused, accepted, ...shape }) => {
  it('reports the reason for each entry that breaks a rule, and stores none of them', async () => {
    const org = await newOrgWith(SARAH);
    const cases = [...refusedEverywhere(), ...refused];

    const answer = await importEntries(
      org,
      shape,
      cases.map(([fields]) => anEntry(fields)),
    );

    expect(answer.status).toBe(200);
    const reported = cases.map(([fields], index) => [fields, answer.body.errors[index]?.reason]);
    expect(reported).toEqual(cases);
    expect(answer.body).toMatchObject({ imported: 0, skipped: cases.length });
    expect(await eventRows(org, SARAH)).toEqual([]);
  });

  it('accepts entries at the limit of each rule', async () => {
    const org = await newOrgWith(SARAH);
    const entries = [...acceptedEverywhere(), ...accepted].map((fields, at) =>
      anEntry({ metadata: { at }, ...fields }),
    );

    const answer = await importEntries(org, shape, entries);

    expect(answer.body).toEqual({ imported: entries.length, skipped: 0, errors: [] });
    expect(await eventRows(org, SARAH)).toHaveLength(entries.length);
  });

  it('reports entries that are not objects', async () => {
    const org = await newOrgWith(SARAH);

    const answer = await importText(org, shape, '[null, 7, 1e999, "text", [], true]');

    const reason = 'Event must be an object';
    expect(answer.body).toEqual({
      imported: 0,
      skipped: 6,
      errors: [0, 1, 2, 3, 4, 5].map((index) => ({ index, contactEmail: null, reason })),
    });
  });

  it('reports the first rule that an entry breaks, in the documented order', async () => {
    const org = await newOrgWith(SARAH);
    const ownFields = Object.keys(anEntry()).filter(
      (field) => field !== 'contactEmail' && field !== 'occurredAt',
    );
    const order = ['contactEmail', ...ownFields, 'occurredAt', 'metadata', 'eventId'];
    const entries = order.map((_field, at) =>
      anEntry({
        contactEmail: 'nobody@example.com',
        ...Object.fromEntries(order.slice(at).map((name) => [name, []])),
      }),
    );

    const answer = await importEntries(org, shape, entries);

    const fields = answer.body.errors.map(({ reason }: { reason: string }) =>
      reason.startsWith('Invalid event type') ? 'type' : reason.split(' ')[0],
    );
    expect(fields).toEqual(order);
  });

  it('stores an event of 400 KB and rejects one that is a byte larger', async () => {
    const org = await newOrgWith(SARAH);
    const padded = (bytes: number) =>
      anEntry({ metadata: { x: 'é'.repeat(Math.floor(bytes / 2)) + 'x'.repeat(bytes % 2) } });
    await importEntries(org, shape, [padded(0)]);
    const [empty] = await eventRows(org, SARAH);
    const room = MAX_ITEM_BYTES - itemBytes(empty as NonNullable<typeof empty>);

    const answer = await importEntries(org, shape, [padded(room), padded(room + 1)]);

    expect(answer.body).toEqual({
      imported: 1,
      skipped: 1,
      errors: [{ index: 1, contactEmail: SARAH, reason: 'Event is too large to store' }],
    });
    expect((await eventRows(org, SARAH)).map(itemBytes)).toContain(409_600);
  });

  it('answers for each entry once, with errors in the order of the request and addresses as they were sent', async () => {
    const org = await newOrgWith(SARAH, 'james@example.com');
    const entries = [
      anEntry(),
      anEntry({ contactEmail: ' Nobody@Example.com ' }),
      anEntry({ contactEmail: 'james@example.com' }),
      'no object',
      anEntry({ contactEmail: 'SARAH@example.com', occurredAt: 'yesterday' }),
      anEntry(),
      anEntry({ contactEmail: 'nobody@example.com', metadata: 7 }),
      anEntry({ contactEmail: 'no address' }),
      anEntry({ contactEmail: { is: 'no string' } }),
    ];

    const { body } = await importEntries(org, shape, entries);

    expect(body).toEqual({
      imported: 3,
      skipped: 6,
      errors: [
        { index: 1, contactEmail: ' Nobody@Example.com ', reason: 'Contact not found' },
        { index: 3, contactEmail: null, reason: 'Event must be an object' },
        { index: 4, contactEmail: 'SARAH@example.com', reason: INVALID_INSTANT },
        { index: 6, contactEmail: 'nobody@example.com', reason: 'metadata must be an object' },
        { index: 7, contactEmail: 'no address', reason: INVALID_EMAIL },
        { index: 8, contactEmail: null, reason: INVALID_EMAIL },
      ],
    });
  });
});
