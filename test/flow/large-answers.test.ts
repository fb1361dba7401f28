import { contactIdOf } from '#shared/identities/contact-id.ts';
import { type Answer, newOrg, type TestOrg } from '#test/support/api.ts';
import { anEmailEntry, SARAH } from '#test/support/builders.ts';
import { CONTACT_IMPORT, EVENT_IMPORTS, importEntries, instant, newOrgWith } from '#test/support/imports.ts';
import { MAX_RESULT_BYTES } from '#test/support/lambda-result.ts';

const [EMAIL] = EVENT_IMPORTS;
const KB = 1_024;
const FROM = Date.parse('2025-06-01T00:00:00Z');

/** The size of an answer's body in the function's response, in which it is a string. */
const sizeOf = ({ text }: Answer): number => Buffer.byteLength(JSON.stringify(text));

/** Reads a list with the largest limit, page by page; every page fits into a function's response. */
const readAll = async (org: TestOrg, path: string) => {
  // biome-ignore lint/suspicious/noExplicitAny: tests look into entries of every list
  const items: any[] = [];
  let pages = 0;
  let cursor: string | null = null;
  do {
    const answer: Answer = await org.get(`${path}limit=200${cursor === null ? '' : `&cursor=${cursor}`}`);
    expect(answer.status).toBe(200);
    expect(sizeOf(answer)).toBeLessThan(MAX_RESULT_BYTES);
    items.push(...answer.body.items);
    cursor = answer.body.nextCursor;
    pages += 1;
  } while (cursor !== null);
  return { items, pages };
};

describe('a list of entries that one response cannot hold', () => {
  it('of contacts has each once, in any order', async () => {
    const org = await newOrg();
    const emails = Array.from({ length: 75 }, (_, nth) => `contact-${nth}@example.com`);
    for (let at = 0; at < emails.length; at += 25) {
      const contacts = emails
        .slice(at, at + 25)
        .map((email) => ({ email, attributes: { bio: '"'.repeat(60 * KB) } }));
      const { body } = await importEntries(org, CONTACT_IMPORT, contacts);
      expect(body).toMatchObject({ imported: 25 });
    }

    const [byId, byScore] = [
      await readAll(org, '/v1/contacts?'),
      await readAll(org, '/v1/contacts?sort=engagementScore&'),
    ];

    for (const { items, pages } of [byId, byScore]) {
      expect(items.map(({ email }) => email).toSorted()).toEqual(emails.toSorted());
      expect(pages).toBeGreaterThan(2);
    }
  }, 60_000);

  it('of events has each once, newest first', async () => {
    const org = await newOrgWith(SARAH);
    const moments = Array.from({ length: 30 }, (_, nth) => instant(nth * 1_000, FROM));
    for (let at = 0; at < moments.length; at += 15) {
      const events = moments
        .slice(at, at + 15)
        .map((occurredAt) => anEmailEntry({ occurredAt, metadata: { text: '\\'.repeat(180 * KB) } }));
      const { body } = await importEntries(org, EMAIL, events);
      expect(body).toMatchObject({ imported: 15 });
    }

    const { items, pages } = await readAll(org, `/v1/contacts/${contactIdOf(org.orgId, SARAH)}/activity?`);

    expect(items.map(({ occurredAt }) => occurredAt)).toEqual(moments.toReversed());
    expect(pages).toBeGreaterThan(1);
  }, 60_000);
});

describe('a batch whose refusals repeat all that was sent', () => {
  it('is answered in a response that holds them, with every index and reason', async () => {
    const org = await newOrgWith(SARAH);
    const contactEmail = '東'.repeat(180);
    const refused = Array.from({ length: 9_999 }, () => ({ contactEmail }));

    const answer = await importEntries(org, EMAIL, [anEmailEntry(), ...refused]);

    expect(answer.body).toMatchObject({ imported: 1, skipped: 9_999 });
    expect(answer.body.errors).toHaveLength(9_999);
    expect(answer.body.errors[9_998]).toMatchObject({
      index: 9_999,
      reason: 'contactEmail is not a valid email address',
    });
    expect(contactEmail.startsWith(answer.body.errors[0].contactEmail)).toBe(true);
    expect(sizeOf(answer)).toBeLessThan(MAX_RESULT_BYTES);
  }, 30_000);
});
