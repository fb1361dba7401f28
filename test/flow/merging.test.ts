import { identityIdOf } from '#shared/identities/contact-id.ts';
import type { Identity } from '#shared/identities/identity.ts';
import { newOrg, type TestOrg } from '#test/support/api.ts';
import { aNamedEvent, anEmailEntry, aWebEntry, SARAH } from '#test/support/builders.ts';
import { importContact, namedBy, queryOf } from '#test/support/identified.ts';
import { CONTACT_IMPORT, EVENT_IMPORTS, importEntries } from '#test/support/imports.ts';
import { contradictionsIn, readPeople } from '#test/support/people-rows.ts';
import { allOf, createSegment, REFRESH, refreshAffected, settled } from '#test/support/refreshes.ts';
import { until } from '#test/support/until.ts';

const MERGE = '/v1/contacts/merge';
const [EMAIL, WEB, , , TRACK] = EVENT_IMPORTS;

const BY_EMAIL: Identity = { namespace: 'email', value: SARAH };
const BY_USER: Identity = { namespace: 'userId', value: 'u-1' };
const PHONE = '+12133734253';

const idOf = ({ orgId }: TestOrg, identity: Identity): string => identityIdOf(orgId, identity);

interface Listed {
  readonly contactId: string;
}

/** An organisation with a contact of an address and one of a userId, with events that a segment each selects. */
const anOrgOfTwo = async () => {
  const org = await newOrg();
  const clickers = await createSegment(org, 'Clickers', { event: { kind: 'email', type: 'clicked' } });
  const buyers = await createSegment(org, 'Buyers', { event: { kind: 'track', type: 'purchased' } });
  await importContact(org, { email: SARAH });
  await importContact(org, { externalId: 'u-1' });
  await importEntries(org, EMAIL, [anEmailEntry({ type: 'clicked', eventId: 'e-1' })]);
  await importEntries(org, TRACK, [aNamedEvent({ ...namedBy(BY_USER), name: 'purchased', eventId: 't-1' })]);
  await refreshAffected(org);
  return { org, clickers, buyers };
};

const membersOf = async (org: TestOrg, segmentId: string): Promise<string[]> =>
  (await allOf<Listed>(org, `/v1/segments/${segmentId}/members`)).map(({ contactId }) => contactId);

/** Waits until a contact is in both segments, as the refresh after a merge makes it. */
const untilInBoth = (org: TestOrg, contactId: string): Promise<void> =>
  until(`${contactId} is in both segments`, async () => {
    const { body } = await org.get(`/v1/contacts/${contactId}`);
    return body.segments.length === 2;
  });

describe('two contacts that become one', () => {
  it.each([
    [
      'by a message that names both',
      (org: TestOrg) => importContact(org, { email: SARAH, externalId: 'u-1' }),
    ],
    [
      'by a merge of their ids',
      async (org: TestOrg) => {
        const merge = { from: idOf(org, BY_USER), into: idOf(org, BY_EMAIL) };
        return (await org.post(MERGE, merge)).body.contactId as string;
      },
    ],
    [
      'by a merge of their identities',
      async (org: TestOrg) =>
        (await org.post(MERGE, { from: { email: ` ${SARAH.toUpperCase()} ` }, into: { userId: 'u-1' } })).body
          .contactId as string,
    ],
  ])('%s have one timeline, one score and their segments, without any other call', async (_, become) => {
    const { org, clickers, buyers } = await anOrgOfTwo();

    const contactId = await become(org);

    await untilInBoth(org, contactId);
    for (const identity of [BY_EMAIL, BY_USER]) {
      const { body } = await org.get(`/v1/contacts/${idOf(org, identity)}`);
      expect(body).toMatchObject({ contactId, email: SARAH, externalId: 'u-1' });
      expect((await org.get(queryOf(identity))).body.contactId).toBe(contactId);
      const timeline = await allOf<{ eventId: string }>(org, `/v1/contacts/${idOf(org, identity)}/activity`);
      expect(timeline.map(({ eventId }) => eventId)).toEqual(['t-1', 'e-1']);
    }
    for (const list of ['/v1/contacts', '/v1/contacts?sort=engagementScore']) {
      expect((await allOf<Listed>(org, list)).map((each) => each.contactId)).toEqual([contactId]);
    }
    expect(await membersOf(org, clickers)).toEqual([contactId]);
    expect(await membersOf(org, buyers)).toEqual([contactId]);
    expect(contradictionsIn(await readPeople(org.orgId))).toEqual([]);
  });

  it('are refreshed by the id of any identity', async () => {
    const { org } = await anOrgOfTwo();
    const contactId = await importContact(org, { email: SARAH, externalId: 'u-1' });
    await untilInBoth(org, contactId);
    await importEntries(org, WEB, [aWebEntry({ type: 'conversion', ...namedBy(BY_USER) })]);

    const before = (await org.get(`/v1/contacts/${contactId}`)).body;
    const { body } = await org.post(REFRESH, { contactIds: [idOf(org, BY_EMAIL), idOf(org, BY_USER)] });
    const progress = await settled(org, body.refreshId);

    const after = (await org.get(`/v1/contacts/${contactId}`)).body;
    expect(progress).toMatchObject({ status: 'completed', failed: 0 });
    expect(after.scoredAt > before.scoredAt).toBe(true);
  });
});

/** Bodies of merges, with the status and the message of the answer. */
const REFUSED: readonly (readonly [body: unknown, status: number, message: string])[] = [
  [{ from: { email: 'nobody@example.com' }, into: { email: SARAH } }, 404, 'Contact not found: from'],
  [{ from: { email: SARAH }, into: { userId: 'nobody' } }, 404, 'Contact not found: into'],
  [{ from: { email: SARAH }, into: 'u-1' }, 404, 'Contact not found: into'],
  [{ from: `c_${'0'.repeat(16)}`, into: { email: SARAH } }, 404, 'Contact not found: from'],
  [{ from: { email: SARAH } }, 400, 'into is required'],
  [{ into: { email: SARAH } }, 400, 'from is required'],
  [{ from: { email: 'sarah' }, into: { email: SARAH } }, 400, 'from.email is not a valid email address'],
  [
    { from: { email: SARAH }, into: { phone: '213 373 4253' } },
    400,
    'into.phone is not a valid phone number with a country code',
  ],
  [{ from: { email: SARAH }, into: { userId: 7 } }, 400, 'into.userId must be a string of 1 to 256 bytes'],
  [{ from: { email: SARAH }, into: { userId: null } }, 400, 'into.userId is required'],
  ...[7, null, [], {}, { nobody: 'x' }, { userId: 'u-1', email: SARAH }].map(
    (from) =>
      [
        { from, into: { email: SARAH } },
        400,
        'from must be the id of a contact, or an object with one identity, such as {"userId": "…"} or {"email": "…"}',
      ] as const,
  ),
];

describe('a merge', () => {
  it('of a contact into itself is refused by one id, and changes nothing by two', async () => {
    const org = await newOrg();
    const contactId = await importContact(org, { email: SARAH, externalId: 'u-1' });

    const same = await org.post(MERGE, { from: { email: SARAH }, into: idOf(org, BY_EMAIL) });
    const one = await org.post(MERGE, { from: { email: SARAH }, into: { userId: 'u-1' } });

    expect([same.status, same.body.error.message]).toEqual([400, 'from and into must be different']);
    expect([one.status, one.body]).toEqual([200, { contactId, merged: false }]);
  });

  it.each(REFUSED)('of %j is answered with %i', async (body, status, message) => {
    const org = await newOrg();
    await importContact(org, { email: SARAH });

    const answer = await org.post(MERGE, body);

    expect([answer.status, answer.body.error.message]).toEqual([status, message]);
  });

  it('does what no message does: two userIds and two addresses of one contact', async () => {
    const org = await newOrg();
    await importContact(org, { email: SARAH, externalId: 'u-1' });
    const kept = await importContact(org, { email: 'james@example.com', externalId: 'u-2' });

    const { body } = await org.post(MERGE, { from: { userId: 'u-1' }, into: { userId: 'u-2' } });

    expect(body).toEqual({ contactId: kept, merged: true });
    const { identities } = (await org.get(`/v1/contacts/${kept}`)).body;
    expect(identities.map(({ value }: Identity) => value).toSorted()).toEqual(
      ['james@example.com', SARAH, 'u-1', 'u-2'].toSorted(),
    );
  });

  it('in a circle, and of two contacts crosswise at once, leaves one contact', async () => {
    const org = await newOrg();
    const names = ['u-1', 'u-2', 'u-3', 'u-4', 'u-5'];
    await Promise.all(names.map((externalId) => importContact(org, { externalId })));
    const merge = (from: string, into: string) =>
      org.post(MERGE, { from: { userId: from }, into: { userId: into } });

    const circle = [await merge('u-1', 'u-2'), await merge('u-2', 'u-3'), await merge('u-3', 'u-1')];
    const crosswise = await Promise.all([
      merge('u-1', 'u-4'),
      merge('u-4', 'u-1'),
      merge('u-4', 'u-5'),
      merge('u-5', 'u-4'),
    ]);

    expect(circle.map(({ body }) => body.merged)).toEqual([true, true, false]);
    expect(crosswise.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(crosswise.filter(({ body }) => body.merged)).toHaveLength(2);
    const ids = names.map((value) => idOf(org, { namespace: 'userId', value }));
    const found = await Promise.all(
      ids.map(async (id) => (await org.get(`/v1/contacts/${id}`)).body.contactId),
    );
    expect(new Set(found).size).toBe(1);
    expect(await allOf(org, '/v1/contacts?sort=engagementScore')).toHaveLength(1);
  });

  it('is refused if there would be more than 100 identities, and nothing is changed', async () => {
    const org = await newOrg();
    const browsersOf = (externalId: string, count: number) =>
      Array.from({ length: count }, (_, nth) => ({ externalId, anonymousId: `${externalId} ${nth}` }));
    await importEntries(org, CONTACT_IMPORT, [...browsersOf('u-1', 60), ...browsersOf('u-2', 39)]);
    const merge = { from: { userId: 'u-1' }, into: { userId: 'u-2' } };

    const refused = await org.post(MERGE, merge);
    const { body: before } = await org.get('/v1/contacts?userId=u-1');

    expect([refused.status, refused.body.error]).toMatchObject([
      409,
      {
        code: 'conflict',
        message: 'The contacts have more than 100 identities together; nothing was changed',
      },
    ]);
    expect(before.identities).toHaveLength(61);
    expect(contradictionsIn(await readPeople(org.orgId))).toEqual([]);
  });
});

describe('identities', () => {
  const conflict = (namespace: string, contactId: string) => [
    { namespace, reason: 'identity_conflict', contactId },
  ];

  it('that must not be linked are reported with both contacts, and the entry counts for the strongest', async () => {
    const org = await newOrg();
    const first = await importContact(org, { email: SARAH, externalId: 'u-1', phone: PHONE });
    const { body } = await importEntries(org, CONTACT_IMPORT, [
      { email: SARAH, externalId: 'u-2', attributes: { plan: 'pro' } },
      { email: 'james@example.com', phone: PHONE },
      { email: 'new@example.com', externalId: 'u-1' },
    ]);

    const second = idOf(org, { namespace: 'userId', value: 'u-2' });
    const third = idOf(org, { namespace: 'email', value: 'james@example.com' });
    expect(body.contacts).toEqual([
      { index: 0, contactId: second, created: true, notLinked: conflict('email', first) },
      { index: 1, contactId: third, created: true, notLinked: conflict('phone', first) },
      { index: 2, contactId: first, created: false },
    ]);
    expect((await org.get(`/v1/contacts/${second}`)).body.attributes).toEqual({ plan: 'pro' });
    expect((await org.get(`/v1/contacts/${first}`)).body.attributes).toEqual({});
  });

  it.each([
    'x'.repeat(256),
    'ł'.repeat(128),
    '🏙'.repeat(64),
    'a#b',
    'o_org#c_0000000000000000',
    'line\nbreak\u0000 and\ttab',
    'sarah@example.com',
    'c_0000000000000000',
    '__proto__',
    '{"userId":"u-1"}',
  ])('are found by any text: %j', async (value) => {
    const org = await newOrg();
    const contactId = await importContact(org, {
      email: 'other@example.com',
      externalId: value,
      anonymousId: value,
    });
    await importContact(org, { email: SARAH });

    const identities: Identity[] = [
      { namespace: 'userId', value },
      { namespace: 'anonymousId', value },
    ];
    for (const identity of identities) {
      const { body } = await importEntries(org, TRACK, [aNamedEvent(namedBy(identity))]);
      expect(body).toMatchObject({ imported: 1, skipped: 0 });
      expect((await org.get(queryOf(identity))).body.contactId).toBe(contactId);
      expect(await allOf(org, `/v1/contacts/${idOf(org, identity)}/activity`)).not.toEqual([]);
    }
    const { body } = await org.post(MERGE, { from: { userId: value }, into: { email: SARAH } });
    expect(body).toMatchObject({ merged: true });
    const profile = (await org.get(`/v1/contacts/${contactId}`)).body;
    expect(profile).toMatchObject({ contactId: idOf(org, BY_EMAIL), externalId: value });
    expect(profile.identities.filter((each: Identity) => each.value === value)).toHaveLength(
      value === SARAH ? 3 : 2,
    );
  });

  it.each([
    [{ externalId: 'x'.repeat(257) }, 'externalId must be a string of 1 to 256 bytes'],
    [{ externalId: `${'ł'.repeat(128)}x` }, 'externalId must be a string of 1 to 256 bytes'],
    [{ externalId: ' \n' }, 'externalId must be a string of 1 to 256 bytes'],
    [{ email: SARAH, anonymousId: 7 }, 'anonymousId must be a string of 1 to 256 bytes'],
    [{ email: SARAH, phone: '213 373 4253' }, 'phone is not a valid phone number with a country code'],
    [{ externalId: 'u-1', email: 'sarah' }, 'email is not a valid email address'],
  ])('that are not valid make the entry invalid: %j', async (entry, reason) => {
    const org = await newOrg();

    const { body } = await importEntries(org, CONTACT_IMPORT, [entry]);

    expect(body).toMatchObject({ imported: 0, skipped: 1, errors: [{ index: 0, reason }] });
    expect((await org.get('/v1/contacts')).body.items).toEqual([]);
  });

  it('keep white space, case and forms of Unicode apart, but not around them', async () => {
    const org = await newOrg();

    const ids = await Promise.all(
      ['Ann', 'ann', 'a nn', '\u00e9', 'e\u0301', ' Ann '].map((externalId) =>
        importContact(org, { externalId }),
      ),
    );

    expect(new Set(ids).size).toBe(5);
    expect(ids[5]).toBe(ids[0]);
  });
});
