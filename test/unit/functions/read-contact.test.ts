import { createReadContacts } from '#functions/query/contacts/handler.ts';
import { serve } from '#shared/contract/operation.ts';
import { CONTACTS } from '#shared/contract/operations/contacts.ts';
import { type ApiRequest, JsonText } from '#shared/http/api.ts';
import { identityIdOf } from '#shared/identities/contact-id.ts';
import type { Identity } from '#shared/identities/identity.ts';
import { OutOfTimeError } from '#shared/time/out-of-time.ts';
import { aRequest, idsOf, NOW, ORG, SARAH, SARAH_ID } from '#test/support/builders.ts';
import { aContact, aStanding, NO_COMPANIES, someDefinitions } from '#test/support/refresh-world.ts';

const contact = aContact({
  email: 'Sarah@example.com',
  attributes: new Map([
    ['id', '12345678901234567890'],
    ['__proto__', '{"a":1.0}'],
    ['"quoted"', 'null'],
  ]),
});

/** Identities of the contact besides its address. */
const IDENTITIES: readonly Identity[] = [
  { namespace: 'userId', value: 'User-1' },
  { namespace: 'anonymousId', value: 'a 1' },
  { namespace: 'phone', value: '+12133734253' },
  { namespace: 'social', value: '@sarah' },
  { namespace: 'leadId', value: 'l-1' },
  { namespace: 'cioId', value: '42' },
];
const OTHER_IDS = IDENTITIES.map((identity) => identityIdOf(ORG, identity));

const aStage = (begun = true) =>
  serve(
    CONTACTS,
    createReadContacts({
      companies: NO_COMPANIES,
      contacts: {
        get: async (orgId, id) => (orgId === ORG && id === SARAH_ID ? contact : undefined),
        getMany: async () => [],
      },
      standings: {
        get: async (orgId, id) => (orgId === ORG && id === SARAH_ID && begun ? aStanding() : undefined),
        getMany: async () => [],
        ranks: async () => [],
      },
      identities: {
        contactsOfShard: async () => ({ ids: [], next: undefined }),
        find: async (orgId, ids) => {
          const known = (await idsOf(ids)).filter((id) => orgId === ORG && OTHER_IDS.includes(id));
          return new Map(known.map((id) => [id, { contactId: SARAH_ID, isOnly: false }]));
        },
      },
      segments: { definitions: async () => someDefinitions() },
      now: () => NOW,
    }),
  );

const byId = (contactId: string, orgId = ORG) =>
  aRequest({ method: 'GET', route: '/v1/contacts/{contactId}', orgId, pathParameters: { contactId } });
const byQuery = (query: Readonly<Record<string, string>>, orgId = ORG) =>
  aRequest({ method: 'GET', route: '/v1/contacts', orgId, query });
const byEmail = (email: string, orgId = ORG) => byQuery({ email }, orgId);

describe('reading a contact', () => {
  it.each<readonly [string, ApiRequest]>([
    ['its id', byId(SARAH_ID)],
    ['its address', byEmail(SARAH)],
    ['its address in capitals, with surrounding spaces', byEmail(' SARAH@EXAMPLE.COM ')],
    ...OTHER_IDS.map((id, nth): [string, ApiRequest] => [
      `the id of its ${IDENTITIES[nth]?.namespace}`,
      byId(id),
    ]),
    ...IDENTITIES.map(
      ({ namespace, value }) => [`its ${namespace}`, byQuery({ [namespace]: value })] as const,
    ),
    ['its userId with surrounding spaces', byQuery({ userId: ' User-1\t' })],
    ['its phone number, formatted', byQuery({ phone: '+1 (213) 373-4253' })],
  ])('by %s answers the profile', async (_case, request) => {
    const { statusCode, body } = await aStage()(request);

    expect(statusCode).toBe(200);
    expect(JSON.parse((body as JsonText).text)).toMatchObject({
      contactId: SARAH_ID,
      email: 'Sarah@example.com',
    });
  });

  it('returns attributes as they were sent', async () => {
    const { body } = await aStage()(byId(SARAH_ID));

    expect(body).toBeInstanceOf(JsonText);
    expect((body as JsonText).text).toContain(
      '"attributes":{"id":12345678901234567890,"__proto__":{"a":1.0},"\\"quoted\\"":null}',
    );
  });

  it.each([
    ['an unknown id', byId('c_AAAAAAAAAAAAAAAA')],
    ['an unknown address', byEmail('nobody@example.com')],
    ['a userId in other case', byQuery({ userId: 'user-1' })],
    ['the value of another namespace', byQuery({ anonymousId: 'User-1' })],
    ['another organisation’s id', byId(SARAH_ID, 'o_other')],
    ['the id of another organisation’s identity', byId(OTHER_IDS[0] as string, 'o_other')],
    ['another organisation’s userId', byQuery({ userId: 'User-1' }, 'o_other')],
    ['another organisation’s address', byEmail(SARAH, 'o_other')],
  ])('by %s answers 404', async (_case, request) => {
    await expect(aStage()(request)).rejects.toMatchObject({ statusCode: 404, message: 'Contact not found' });
  });

  it.each([
    // As it arrives: a plus sign in a query means a space unless it is encoded.
    [
      'an address whose plus sign was not encoded',
      { email: 'sarah news@example.com' },
      'must be written %2B',
    ],
    ['a number whose plus sign was not encoded', { phone: ' 12133734253' }, 'must be written %2B'],
    ['what is not an address', { email: 'sarah' }, 'email is not a valid email address'],
    ['an empty address', { email: '' }, 'email is not a valid email address'],
    [
      'a number without a country code',
      { phone: '213 373 4253' },
      'not a valid phone number with a country code',
    ],
    ['an empty userId', { userId: ' ' }, 'userId must be a string of 1 to 256 bytes'],
    ['a long leadId', { leadId: 'x'.repeat(257) }, 'leadId must be a string of 1 to 256 bytes'],
    ['two identities', { email: SARAH, userId: 'User-1' }, 'Give only one of userId, email'],
  ])('by %s answers 400 with what is wrong', async (_case, query, message) => {
    await expect(aStage()(byQuery(query))).rejects.toMatchObject({
      statusCode: 400,
      message: expect.stringContaining(message),
    });
  });

  it('answers 404 if its identity does not exist', async () => {
    await expect(aStage(false)(byId(SARAH_ID))).rejects.toMatchObject({ statusCode: 404 });
  });
});

describe('reading a contact that is being merged into another one', () => {
  const [LOSER, WINNER] = OTHER_IDS as [string, string];

  /**
   * Each read of an item of the loser, and each look-up, is answered by the next of these states: whether it is merged.
   */
  const aRacingStage = (states: readonly boolean[]) => {
    let reads = 0;
    const isMerged = (): boolean => {
      reads += 1;
      return states[Math.min(reads, states.length) - 1] ?? true;
    };
    const exists = (id: string): boolean => id === WINNER || (id === LOSER && !isMerged());
    return serve(
      CONTACTS,
      createReadContacts({
        companies: NO_COMPANIES,
        contacts: {
          get: async (_orgId, contactId) => (exists(contactId) ? aContact({ contactId }) : undefined),
          getMany: async () => [],
        },
        standings: {
          get: async (_orgId, contactId) => (exists(contactId) ? aStanding({ contactId }) : undefined),
          getMany: async () => [],
          ranks: async () => [],
        },
        identities: {
          contactsOfShard: async () => ({ ids: [], next: undefined }),
          find: async () => new Map([[LOSER, { contactId: isMerged() ? WINNER : LOSER, isOnly: false }]]),
        },
        segments: { definitions: async () => someDefinitions() },
        now: () => NOW,
      }),
    );
  };

  it.each([
    ['before it is read', [true], WINNER],
    ['after it is read', [false, false, true], LOSER],
    ['between the reads of its items', [false, true], WINNER],
    ['after its look-up', [false, true, false, true], WINNER],
    ['between the reads of its items after its look-up', [true, true, false, false, true], WINNER],
  ])('%s answers one of the two profiles', async (_case, states, contactId) => {
    const { statusCode, body } = await aRacingStage(states)(byId(LOSER));

    expect(statusCode).toBe(200);
    expect(JSON.parse((body as JsonText).text)).toMatchObject({ contactId });
  });

  it('does not answer that it does not exist, however often it is not found', async () => {
    const never = [true, true, false, true, true, false, true, true, false, true, true];

    await expect(aRacingStage(never)(byId(LOSER))).rejects.toThrow(OutOfTimeError);
  });
});
