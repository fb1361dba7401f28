import { createReadContacts } from '#functions/query/contacts/handler.ts';
import { serve } from '#shared/contract/operation.ts';
import { CONTACTS } from '#shared/contract/operations/contacts.ts';
import { JsonText } from '#shared/http/api.ts';
import { aRequest, NOW, ORG, SARAH, SARAH_ID } from '#test/support/builders.ts';
import { aContact, aStanding, someDefinitions } from '#test/support/refresh-world.ts';

const contact = aContact({
  email: 'Sarah@example.com',
  attributes: new Map([
    ['id', '12345678901234567890'],
    ['__proto__', '{"a":1.0}'],
    ['"quoted"', 'null'],
  ]),
});

const aStage = (begun = true) =>
  serve(
    CONTACTS,
    createReadContacts({
      contacts: {
        get: async (orgId, id) => (orgId === ORG && id === SARAH_ID ? contact : undefined),
        getMany: async () => [],
      },
      standings: {
        get: async (orgId, id) => (orgId === ORG && id === SARAH_ID && begun ? aStanding() : undefined),
        getMany: async () => [],
        ranks: async () => [],
      },
      identities: { contactsOfShard: async () => ({ ids: [], next: undefined }) },
      segments: { definitions: async () => someDefinitions() },
      now: () => NOW,
    }),
  );

const byId = (contactId: string, orgId = ORG) =>
  aRequest({ method: 'GET', route: '/v1/contacts/{contactId}', orgId, pathParameters: { contactId } });
const byEmail = (email: string, orgId = ORG) =>
  aRequest({ method: 'GET', route: '/v1/contacts', orgId, query: { email } });

describe('reading a contact', () => {
  it.each([
    ['its id', byId(SARAH_ID)],
    ['its address', byEmail(SARAH)],
    ['its address in capitals, with surrounding spaces', byEmail(' SARAH@EXAMPLE.COM ')],
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
    ['another organisation’s id', byId(SARAH_ID, 'o_other')],
    ['another organisation’s address', byEmail(SARAH, 'o_other')],
  ])('by %s answers 404', async (_case, request) => {
    await expect(aStage()(request)).rejects.toMatchObject({ statusCode: 404, message: 'Contact not found' });
  });

  it.each([
    // As it arrives: a plus sign in a query means a space unless it is encoded.
    ['an address whose plus sign was not encoded', 'sarah news@example.com', 'must be written %2B'],
    ['what is not an address', 'sarah', 'email is not a valid email address'],
    ['an empty address', '', 'email is not a valid email address'],
  ])('by %s answers 400 with what is wrong', async (_case, email, message) => {
    await expect(aStage()(byEmail(email))).rejects.toMatchObject({
      statusCode: 400,
      message: expect.stringContaining(message),
    });
  });

  it('answers 404 while it is only half created', async () => {
    await expect(aStage(false)(byId(SARAH_ID))).rejects.toMatchObject({ statusCode: 404 });
  });
});
