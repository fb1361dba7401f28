import { contactIdOf } from '#shared/identities/contact-id.ts';
import { newOrg } from '#test/support/api.ts';
import { aContactEntry, SARAH } from '#test/support/builders.ts';
import { CONTACT_IMPORT, importEntries, importText, instant } from '#test/support/imports.ts';
import { contactRow } from '#test/support/tables.ts';

const INVALID_EMAIL = 'email is not a valid email address';
const INVALID_EXTERNAL_ID = 'externalId must be a string of 1 to 256 bytes';
const INVALID_INSTANT = 'createdAt is not a valid ISO 8601 timestamp';

const attributes = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`a${at}`, at]));

describe('POST /v1/contacts/batch', () => {
  it('reports the reason for each entry that breaks a rule, and creates no contact', async () => {
    const org = await newOrg();
    const cases: [Record<string, unknown>, string][] = [
      [{ email: undefined }, 'email is required'],
      [{ email: null }, 'email is required'],
      [{ email: '' }, INVALID_EMAIL],
      [{ email: 'sarah@example' }, INVALID_EMAIL],
      [{ email: 7 }, INVALID_EMAIL],
      [{ email: `${'x'.repeat(65)}@example.com` }, INVALID_EMAIL],
      [{ externalId: '' }, INVALID_EXTERNAL_ID],
      [{ externalId: 'x'.repeat(257) }, INVALID_EXTERNAL_ID],
      [{ externalId: null }, INVALID_EXTERNAL_ID],
      [{ externalId: 7 }, INVALID_EXTERNAL_ID],
      [{ attributes: null }, 'attributes must be an object'],
      [{ attributes: ['plan'] }, 'attributes must be an object'],
      [{ attributes: 'plan' }, 'attributes must be an object'],
      [{ attributes: attributes(101) }, 'attributes must be at most 100'],
      [{ attributes: { '': 1 } }, 'attributes must have names of 1 to 128 characters'],
      [{ attributes: { ['x'.repeat(129)]: 1 } }, 'attributes must have names of 1 to 128 characters'],
      [{ createdAt: null }, INVALID_INSTANT],
      [{ createdAt: '2021-03-04' }, INVALID_INSTANT],
      [{ createdAt: 1_614_848_400 }, INVALID_INSTANT],
      [{ createdAt: '2021-02-29T00:00:00Z' }, INVALID_INSTANT],
      [{ createdAt: instant(5 * 60_000 + 20_000) }, 'createdAt is in the future'],
      [{ attributes: { x: 'x'.repeat(410_000) } }, 'Contact is too large to store'],
    ];

    const answer = await importEntries(
      org,
      CONTACT_IMPORT,
      cases.map(([fields]) => aContactEntry(fields)),
    );

    const reported = cases.map(([fields], index) => [fields, answer.body.errors[index]?.reason]);
    expect(reported).toEqual(cases);
    expect(answer.body).toMatchObject({ imported: 0, skipped: cases.length, contacts: [] });
    expect(await contactRow(org, SARAH)).toBeUndefined();
  });

  it('accepts entries at the limit of each rule', async () => {
    const org = await newOrg();
    const entries = [
      { email: ` ${'x'.repeat(64)}@example.com ` },
      { email: 'müller@bücher.example' },
      { email: 'b@example.com', externalId: 'x' },
      { email: 'c@example.com', externalId: 'x'.repeat(256) },
      { email: 'd@example.com', attributes: {} },
      { email: 'e@example.com', attributes: attributes(100) },
      { email: 'f@example.com', attributes: { ['x'.repeat(128)]: null } },
      { email: 'g@example.com', createdAt: '1969-12-31T23:59:59+01:00' },
      { email: 'h@example.com', createdAt: instant(5 * 60_000) },
      { email: 'i@example.com', unheardOf: 1, contactId: 'c_of_another', orgId: 'o_other' },
    ];

    const answer = await importEntries(org, CONTACT_IMPORT, entries);

    expect(answer.body).toEqual({
      imported: entries.length,
      skipped: 0,
      errors: [],
      contacts: entries.map(({ email }, index) => ({
        index,
        contactId: contactIdOf(org.orgId, email),
        created: true,
      })),
    });
  });

  it('reports entries that are not objects', async () => {
    const org = await newOrg();

    const answer = await importText(org, CONTACT_IMPORT, '[null, 1e999, "text", []]');

    expect(answer.body).toEqual({
      imported: 0,
      skipped: 4,
      errors: [0, 1, 2, 3].map((index) => ({ index, email: null, reason: 'Contact must be an object' })),
      contacts: [],
    });
  });

  it('reports a refused entry by the field that names its contact', async () => {
    const org = await newOrg();
    const long = 'x'.repeat(257);

    const { body } = await importEntries(org, CONTACT_IMPORT, [
      { externalId: 'u-1', attributes: [] },
      { phone: '213 373 4253' },
      { anonymousId: long },
      { attributes: {} },
    ]);

    expect(body.errors).toEqual([
      { index: 0, email: null, externalId: 'u-1', reason: 'attributes must be an object' },
      {
        index: 1,
        email: null,
        phone: '213 373 4253',
        reason: 'phone is not a valid phone number with a country code',
      },
      {
        index: 2,
        email: null,
        anonymousId: long.slice(0, 254),
        reason: 'anonymousId must be a string of 1 to 256 bytes',
      },
      { index: 3, email: null, reason: 'email is required' },
    ]);
  });

  it('answers for each entry once; of duplicates only the first creates the contact, and the last wins', async () => {
    const org = await newOrg();
    const entries = [
      { email: 'james@example.com' },
      { email: SARAH, externalId: 'first', attributes: { plan: 'free', city: 'Austin' } },
      { email: 'nobody' },
      { email: ' SARAH@Example.com ', attributes: { plan: 'pro' } },
    ];

    const { body } = await importEntries(org, CONTACT_IMPORT, entries);
    const sarah = await org.get(`/v1/contacts?email=${SARAH}`);

    const [jamesId, sarahId] = ['james@example.com', SARAH].map((email) => contactIdOf(org.orgId, email));
    expect(body).toEqual({
      imported: 3,
      skipped: 1,
      errors: [{ index: 2, email: 'nobody', reason: INVALID_EMAIL }],
      contacts: [
        { index: 0, contactId: jamesId, created: true },
        { index: 1, contactId: sarahId, created: true },
        { index: 3, contactId: sarahId, created: false },
      ],
    });
    expect(sarah.body).toMatchObject({
      contactId: sarahId,
      externalId: 'first',
      attributes: { plan: 'pro', city: 'Austin' },
    });
  });

  it('merges attributes of a later call into the existing ones; null removes one', async () => {
    const org = await newOrg();
    const first = await importEntries(org, CONTACT_IMPORT, [
      aContactEntry({
        createdAt: '2021-03-04T09:00:00Z',
        externalId: 'mc_1',
        attributes: { plan: 'free', kept: 1 },
      }),
    ]);

    const second = await importEntries(org, CONTACT_IMPORT, [
      aContactEntry({ attributes: { plan: null, added: { deep: [true] } } }),
    ]);

    expect(second.body.contacts).toEqual([{ ...first.body.contacts[0], created: false }]);
    const { body } = await org.get(`/v1/contacts/${first.body.contacts[0].contactId}`);
    expect(body).toMatchObject({
      email: SARAH,
      externalId: 'mc_1',
      createdAt: '2021-03-04T09:00:00.000Z',
      attributes: { kept: 1, added: { deep: [true] } },
    });
    expect(Object.keys(body.attributes)).toHaveLength(2);
  });

  it('returns attributes as they were sent, whatever their names and numbers are', async () => {
    const org = await newOrg();
    const text =
      '{"__proto__":{"a":1},"constructor":"x","toString":1.0,"big":12345678901234567890,"huge":1e400,"odd \\"name.[0]#:":"é 🏙️ \\ud83d"}';

    const { body } = await importText(org, CONTACT_IMPORT, `[{"email":"${SARAH}","attributes":${text}}]`);
    const read = await org.get(`/v1/contacts/${body.contacts[0].contactId}`);

    for (const pair of [
      '"__proto__":{"a":1}',
      '"constructor":"x"',
      '"toString":1.0',
      '"big":12345678901234567890',
      '"huge":1e400',
      '"odd \\"name.[0]#:":"é 🏙️ \\ud83d"',
    ]) {
      expect(read.text).toContain(pair);
    }
  });
});
