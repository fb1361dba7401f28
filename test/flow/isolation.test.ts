import { OUTPUT } from '#shared/deployment/names.ts';
import { newOrg, type TestOrg } from '#test/support/api.ts';
import { documentedOperation, type Route } from '#test/support/contract.ts';
import { IMPORTS, importEntries, newOrgWith } from '#test/support/imports.ts';
import { type RawRequest, sendRaw } from '#test/support/raw.ts';
import { type FurnishedOrg, furnishedOrg, pathOf, queryOf, ROUTES } from '#test/support/routes.ts';
import { contactRow, eventRows, rowsOf, tableName } from '#test/support/tables.ts';

/** Part of every text chosen by the other organisation, and used by no other. */
const SECRET = 'for_nobody_else';

const TABLES = Object.values(OUTPUT).filter(
  (name) => name.endsWith('TableName') && name !== OUTPUT.eventsTable,
);

/** All rows of an organisation. Events are queried by contact, since other tests make the event table too large to scan. */
const allRowsOf = async (org: TestOrg): Promise<unknown[]> => {
  const events = ['sarah@example.com', 'james@example.com'].map((email) => eventRows(org, email));
  const others = TABLES.map((name) => rowsOf(org, tableName(name)));
  return (await Promise.all([...events, ...others])).flat();
};

let theirs: FurnishedOrg;
let theirRows: unknown[];
/** An organisation with contacts of the same addresses. */
let mine: FurnishedOrg;

beforeAll(async () => {
  [theirs, mine] = await Promise.all([furnishedOrg(SECRET), furnishedOrg('my_own')]);
  theirRows = await allRowsOf(theirs.org);
  expect(JSON.stringify(theirRows)).toContain(SECRET);
}, 60_000);

/** Requests that claim in various ways to come from the other organisation. */
const forged = () => {
  const { orgId } = theirs.org;
  return {
    headers: {
      'x-org-id': orgId,
      'x-organisation-id': orgId,
      'x-orgid': orgId,
      'x-amzn-request-context': JSON.stringify({ authorizer: { orgId } }),
      'x-forwarded-for': orgId,
      authorization: `Bearer ${orgId}`,
    },
    query: `orgId=${orgId}&organisation=${orgId}&principalId=${orgId}&requestContext.authorizer.orgId=${orgId}`,
    body: {
      orgId,
      organisation: orgId,
      pk: `${orgId}#${theirs.ids['contactId']}`,
      contactId: theirs.ids['contactId'],
      requestContext: { authorizer: { orgId } },
      // A computed key creates a field; a plain `__proto__:` would set the prototype of the literal.
      ['__proto__']: { orgId },
    },
  };
};

it('also forges a field called __proto__', () => {
  expect(JSON.stringify({ ...forged().body })).toContain(`"__proto__":{"orgId":"${theirs.org.orgId}"}`);
});

const send = (route: Route, path: string, request: Partial<RawRequest> = {}) =>
  sendRaw(path, {
    method: route.method,
    ...request,
    headers: { 'content-type': 'application/json', 'x-api-key': mine.org.apiKey, ...request.headers },
  });

/** The request bodies: the documented example about the other organisation's contacts, without and with forged fields. */
const bodiesOf = (route: Route): (string | undefined)[] => {
  const example = documentedOperation(route).requestBody?.content['application/json'].example;
  if (example === undefined) return [undefined];
  const about = { ...example, ...('contactIds' in example && { contactIds: [theirs.ids['contactId']] }) };
  return [JSON.stringify(about), JSON.stringify({ ...about, ...forged().body })];
};

const withIds = ROUTES.filter(({ template }) => template.includes('Id}'));
const withoutIds = ROUTES.filter(({ template }) => !template.includes('Id}'));

describe.each(withIds)('$method $template', (route) => {
  it.each([
    ['their id', (id: string) => id],
    ['their id and organisation', (id: string) => `${theirs.org.orgId}%23${id}`],
    ['their organisation behind an end of text', (id: string) => `%00${theirs.org.orgId}%23${id}`],
    ['a way up to their organisation', (id: string) => `..%2F${theirs.org.orgId}%23${id}`],
    ['a way up by dots', (id: string) => `${id}/../${theirs.org.orgId}%23${id}`],
    ['their id, encoded twice', (id: string) => `${theirs.org.orgId}%2523${id}`],
    ['their id in another case', (id: string) => id.toUpperCase()],
  ])('finds nothing by %s, whichever organisation the request claims to be from', async (_what, nameOf) => {
    const ids = Object.fromEntries(Object.entries(theirs.ids).map(([name, id]) => [name, nameOf(id)]));
    const path = pathOf(route.template, ids);
    const { headers, query } = forged();

    const answers = await Promise.all(
      bodiesOf(route).flatMap((body) => [
        send(route, path, { ...(body !== undefined && { body }) }),
        send(route, `${path}?${query}`, { headers, ...(body !== undefined && { body }) }),
      ]),
    );

    for (const answer of answers) {
      expect([400, 404, 405]).toContain(answer.status);
      expect(answer.body.error.code).toMatch(/^(bad_request|not_found|method_not_allowed)$/);
      expect(answer.text).not.toContain(SECRET);
    }
  });
});

describe.each(withoutIds)('$method $template', (route) => {
  it('answers only with data of the caller, whichever organisation the request claims to be from', async () => {
    const path = `${pathOf(route.template, mine.ids)}${queryOf(route)}`;
    const { headers, query } = forged();
    const target = `${path}${path.includes('?') ? '&' : '?'}${query}`;

    const answers = await Promise.all(
      bodiesOf(route).map((body) => send(route, target, { headers, ...(body !== undefined && { body }) })),
    );

    for (const answer of answers) {
      expect(answer.status).toBeLessThan(500);
      expect(answer.text).not.toContain(SECRET);
      if (route.method === 'GET') {
        for (const id of Object.values(theirs.ids)) expect(answer.text).not.toContain(id);
      }
    }
  });
});

it.each([
  '/v1/imports',
  '/v1/segments',
  '/v1/analytics/{kind}',
  '/v1/contacts/{contactId}',
  '/v1/companies',
  '/v1/companies/{groupId}',
])(
  'the secret is in the answer of GET %s to the organisation itself, so that it would be found elsewhere',
  async (template) => {
    const route = { method: 'GET', template };

    const { status, text } = await theirs.org.get(`${pathOf(template, theirs.ids)}${queryOf(route)}`);

    expect(status).toBe(200);
    expect(text).toContain(template === '/v1/imports' ? theirs.ids['importId'] : SECRET);
  },
);

describe.each(ROUTES.filter(({ method }) => method === 'GET'))('a cursor of $method $template', (route) => {
  it('returns only the caller’s own data to another organisation', async () => {
    const page = await theirs.org.get(`${pathOf(route.template, theirs.ids)}?limit=1`);
    const cursor =
      page.body?.nextCursor ?? Buffer.from(JSON.stringify(theirs.ids['importId'])).toString('base64url');

    const answer = await send(route, `${pathOf(route.template, mine.ids)}?cursor=${cursor}`);

    expect(answer.status).toBeLessThan(500);
    expect(answer.text).not.toContain(SECRET);
    for (const id of Object.values(theirs.ids)) expect(answer.text).not.toContain(id);
  });
});

describe('two organisations with contacts of the same address', () => {
  it('have two contacts, each with its own attributes', async () => {
    const [first, second] = await Promise.all([newOrg(), newOrg()]);

    const answers = await Promise.all(
      [first, second].map((org, at) =>
        org.post('/v1/contacts/batch', { contacts: [{ email: 'both@example.com', attributes: { of: at } }] }),
      ),
    );

    const [firstContact, secondContact] = answers.map(({ body }) => body.contacts[0]);
    expect([firstContact.created, secondContact.created]).toEqual([true, true]);
    expect(firstContact.contactId).not.toBe(secondContact.contactId);
    const profiles = await Promise.all(
      [first, second].map((org) => org.get('/v1/contacts?email=both@example.com')),
    );
    expect(profiles.map(({ body }) => body.attributes)).toEqual([{ of: 0 }, { of: 1 }]);
  });

  it.each(IMPORTS.filter((shape) => 'anEntry' in shape))('have separate events: $path', async (shape) => {
    const [first, second] = await Promise.all([
      newOrgWith('both@example.com', 'first@example.com'),
      newOrgWith('both@example.com'),
    ]);
    const entries = ['both@example.com', 'first@example.com'].map((contactEmail) =>
      shape.anEntry({ contactEmail }),
    );

    const asFirst = await importEntries(first, shape, entries);
    const asSecond = await importEntries(second, shape, entries);

    expect(asFirst.body.imported).toBe(2);
    expect(asSecond.body).toEqual({
      imported: 1,
      skipped: 1,
      errors: [{ index: 1, contactEmail: 'first@example.com', reason: 'Contact not found' }],
    });
    for (const org of [first, second]) expect(await eventRows(org, 'both@example.com')).toHaveLength(1);
    expect(await contactRow(second, 'first@example.com')).toBeUndefined();
    const receipts = await Promise.all([first, second].map((org) => org.get('/v1/imports')));
    expect(receipts.map(({ body }) => body.items.length)).toEqual([2, 2]);
  });
});

describe('after all of these requests', () => {
  it('every row of the other organisation is unchanged', async () => {
    expect(await allRowsOf(theirs.org)).toEqual(theirRows);
  }, 30_000);
});
