import { OUTPUT } from '#shared/deployment/names.ts';
import { newOrg, type TestOrg } from '#test/support/api.ts';
import { IMPORTS, importEntries, newOrgWith } from '#test/support/imports.ts';
import { type RawRequest, sendRaw } from '#test/support/raw.ts';
import {
  documentedOperation,
  type FurnishedOrg,
  furnishedOrg,
  pathOf,
  queryOf,
  ROUTES,
  type Route,
} from '#test/support/routes.ts';
import { contactRow, eventRows, rowsOf, tableName } from '#test/support/tables.ts';

/** Stands in all that the other organisation has to say, and is never sent by anybody else. */
const SECRET = 'for-nobody-else';

const TABLES = Object.values(OUTPUT).filter(
  (name) => name.endsWith('TableName') && name !== OUTPUT.eventsTable,
);

/** Events are looked up by contact, since theirs is the one table that other tests make large. */
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
  [theirs, mine] = await Promise.all([furnishedOrg(SECRET), furnishedOrg('my own')]);
  theirRows = await allRowsOf(theirs.org);
  expect(JSON.stringify(theirRows)).toContain(SECRET);
}, 60_000);

/** All the ways to say that one is another organisation. */
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
      // Computed, so that it is a field of its own that is sent; a plain `__proto__:` sets the literal's prototype.
      ['__proto__']: { orgId },
    },
  };
};

it('forges a field called __proto__, too', () => {
  expect(JSON.stringify({ ...forged().body })).toContain(`"__proto__":{"orgId":"${theirs.org.orgId}"}`);
});

const send = (route: Route, path: string, request: Partial<RawRequest> = {}) =>
  sendRaw(path, {
    method: route.method,
    ...request,
    headers: { 'content-type': 'application/json', 'x-api-key': mine.org.apiKey, ...request.headers },
  });

/** The bodies to try: what the documentation shows, about their contacts; and the same with forged fields. */
const bodiesOf = (route: Route): (string | undefined)[] => {
  const example = documentedOperation(route).requestBody?.content['application/json'].example;
  if (example === undefined) return [undefined];
  const about = { ...example, ...('contactIds' in example && { contactIds: [theirs.ids['contactId']] }) };
  return [JSON.stringify(about), JSON.stringify({ ...about, ...forged().body })];
};

const withParameters = ROUTES.filter(({ template }) => template.includes('{'));
const withoutParameters = ROUTES.filter(({ template }) => !template.includes('{'));

describe.each(withParameters)('$method $template', (route) => {
  it.each([
    ['their id', (id: string) => id],
    ['their id and organisation', (id: string) => `${theirs.org.orgId}%23${id}`],
    ['their organisation behind an end of text', (id: string) => `%00${theirs.org.orgId}%23${id}`],
    ['a way up to their organisation', (id: string) => `..%2F${theirs.org.orgId}%23${id}`],
    ['a way up by dots', (id: string) => `${id}/../${theirs.org.orgId}%23${id}`],
    ['their id, encoded twice', (id: string) => `${theirs.org.orgId}%2523${id}`],
    ['their id in another case', (id: string) => id.toUpperCase()],
  ])('finds nothing by %s, whoever one claims to be', async (_what, nameOf) => {
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

describe.each(withoutParameters)('$method $template', (route) => {
  it('answers of nobody but the caller, whoever one claims to be', async () => {
    const path = `${route.template}${queryOf(route)}`;
    const { headers, query } = forged();
    const asked = `${path}${path.includes('?') ? '&' : '?'}${query}`;

    const answers = await Promise.all(
      bodiesOf(route).map((body) => send(route, asked, { headers, ...(body !== undefined && { body }) })),
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

describe.each(ROUTES.filter(({ method }) => method === 'GET'))('a cursor of $method $template', (route) => {
  it('gives another organisation nothing but its own', async () => {
    const page = await theirs.org.get(`${pathOf(route.template, theirs.ids)}?limit=1`);
    const cursor =
      page.body?.nextCursor ?? Buffer.from(JSON.stringify(theirs.ids['importId'])).toString('base64url');

    const answer = await send(route, `${pathOf(route.template, mine.ids)}?cursor=${cursor}`);

    expect(answer.status).toBeLessThan(500);
    expect(answer.text).not.toContain(SECRET);
    for (const id of Object.values(theirs.ids)) expect(answer.text).not.toContain(id);
  });
});

describe('two organisations with contacts of one address', () => {
  it('have two contacts, each with what it was told', async () => {
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

  it.each(IMPORTS.filter((shape) => 'anEntry' in shape))('keep their events apart: $path', async (shape) => {
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

describe('all of the above', () => {
  it('leaves every row of the other organisation as it was', async () => {
    expect(await allRowsOf(theirs.org)).toEqual(theirRows);
  }, 30_000);
});
