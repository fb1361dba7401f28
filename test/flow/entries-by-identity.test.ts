import { identityIdOf } from '#shared/identities/contact-id.ts';
import type { Identity } from '#shared/identities/identity.ts';
import { newOrg } from '#test/support/api.ts';
import { SARAH } from '#test/support/builders.ts';
import { importContact, namedBy, queryOf } from '#test/support/identified.ts';
import { EVENT_IMPORTS, importEntries, instant } from '#test/support/imports.ts';
import { allOf, refreshAffected } from '#test/support/refreshes.ts';

const [EMAIL] = EVENT_IMPORTS;
const FROM = Date.parse('2025-06-01T00:00:00Z');

/** A contact with an identity of every kind by which events can be sent. */
const CONTACT = { email: SARAH, externalId: 'User-1', phone: '+1 213 373 4253', anonymousId: 'User-1' };
const IDENTITIES: readonly Identity[] = [
  { namespace: 'email', value: SARAH },
  { namespace: 'userId', value: 'User-1' },
  { namespace: 'phone', value: '+12133734253' },
  { namespace: 'anonymousId', value: 'User-1' },
];

interface Activity {
  readonly occurredAt: string;
}

describe.each(EVENT_IMPORTS)('entries of POST $path', ({ anEntry, ...shape }) => {
  it('name a contact by any of its identities, and belong to its timeline', async () => {
    const org = await newOrg();
    const contactId = await importContact(org, CONTACT);
    const entries = IDENTITIES.map((identity, nth) =>
      anEntry({ ...namedBy(identity), occurredAt: instant(nth * 1_000, FROM) }),
    );

    const { body } = await importEntries(org, shape, entries);

    expect(body).toEqual({ imported: entries.length, skipped: 0, errors: [] });
    const items = await allOf<Activity>(org, `/v1/contacts/${contactId}/activity`);
    expect(items.map(({ occurredAt }) => occurredAt)).toEqual(
      entries.map((_, nth) => instant(nth * 1_000, FROM)).toReversed(),
    );
  });
});

describe('entries that name their contacts by other identities than addresses', () => {
  it('are reported with the identity as it was sent if there is no such contact', async () => {
    const org = await newOrg();
    await importContact(org, CONTACT);
    const sent = [
      { userId: ' user-1' },
      { anonymousId: 'nobody' },
      { phone: '+49 30 901820' },
      { contactEmail: 'nobody@example.com' },
    ];

    const { body } = await importEntries(
      org,
      EMAIL,
      sent.map((identity) => EMAIL.anEntry({ contactEmail: undefined, ...identity })),
    );

    expect(body).toEqual({
      imported: 0,
      skipped: 4,
      errors: sent.map((identity, index) => ({
        index,
        contactEmail: null,
        ...identity,
        reason: 'Contact not found',
      })),
    });
  });

  it('are those of one organisation', async () => {
    const [org, other] = [await newOrg(), await newOrg()];
    await importContact(org, CONTACT);

    const { body } = await importEntries(other, EMAIL, [
      EMAIL.anEntry({ contactEmail: undefined, userId: 'User-1' }),
    ]);

    expect(body).toMatchObject({ imported: 0, errors: [{ reason: 'Contact not found' }] });
  });

  it('are one event if they are sent again by the same identity, and two by another one', async () => {
    const org = await newOrg();
    const contactId = await importContact(org, CONTACT);
    const byPhone = { contactEmail: undefined, phone: '+1 (213) 373-4253', eventId: 'e-1' };
    const entries = [
      byPhone,
      { ...byPhone, phone: '+12133734253' },
      { ...byPhone, phone: undefined, userId: 'User-1' },
    ];

    const { body } = await importEntries(org, EMAIL, entries.map(EMAIL.anEntry));

    expect(body).toMatchObject({ imported: 3 });
    expect(await allOf(org, `/v1/contacts/${contactId}/activity`)).toHaveLength(2);
  });

  it('count for the contact of the identity, once in the receipt, and in the next refresh of affected contacts', async () => {
    const org = await newOrg();
    const contactId = await importContact(org, CONTACT);
    await refreshAffected(org);
    const entries = IDENTITIES.map((identity, nth) =>
      EMAIL.anEntry({ ...namedBy(identity), type: 'clicked', occurredAt: instant(nth * 1_000, FROM) }),
    );

    await importEntries(org, EMAIL, entries);
    const progress = await refreshAffected(org);

    const { body: receipts } = await org.get('/v1/imports');
    expect(receipts.items).toContainEqual(expect.objectContaining({ endpoint: 'events/email', contacts: 1 }));
    expect(progress).toMatchObject({ status: 'completed', total: 1 });
    const { body: profile } = await org.get(`/v1/contacts/${contactId}`);
    expect(profile.lastActivityAt).toBe(instant((entries.length - 1) * 1_000, FROM));
  });
});

describe('a contact with several identities', () => {
  it('is read by the id and by the value of each', async () => {
    const org = await newOrg();
    const contactId = await importContact(org, CONTACT);
    const paths = IDENTITIES.flatMap((identity) => [
      queryOf(identity),
      `/v1/contacts/${identityIdOf(org.orgId, identity)}`,
    ]);

    const answers = await Promise.all(paths.map((path) => org.get(path)));

    expect(answers.map(({ status, body }) => [status, body.contactId])).toEqual(
      paths.map(() => [200, contactId]),
    );
  });

  it.each([
    ['userId=user-1', 404, 'Contact not found'],
    ['leadId=User-1', 404, 'Contact not found'],
    ['phone=213%20373%204253', 400, 'phone is not a valid phone number'],
    ['phone=+12133734253', 400, '%2B'],
    ['userId=', 400, 'userId must be a string of 1 to 256 bytes'],
    ['userId=User-1&email=sarah@example.com', 400, 'Give only one of userId, email'],
  ])('is not read by ?%s', async (query, status, message) => {
    const org = await newOrg();
    await importContact(org, CONTACT);

    const answer = await org.get(`/v1/contacts?${query}`);

    expect(answer).toMatchObject({ status, body: { error: { message: expect.stringContaining(message) } } });
  });
});
