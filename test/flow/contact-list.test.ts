import { OUTPUT } from '#shared/deployment/names.ts';
import { contactIdOf } from '#shared/identities/contact-id.ts';
import { createStandingStore } from '#shared/standings/standing-store.ts';
import { newOrg, type TestOrg } from '#test/support/api.ts';
import { newOrgWith } from '#test/support/imports.ts';
import {
  allOf,
  importEvents,
  type OwnedEvent,
  refreshAffected,
  refreshContacts,
} from '#test/support/refreshes.ts';
import { stackDynamo, tableName } from '#test/support/tables.ts';

const DAY = 86_400_000;
const BY_SCORE = '/v1/contacts?sort=engagementScore';

interface Listed {
  readonly contactId: string;
  readonly email: string;
  readonly engagementScore: number;
}

const emailsOf = (count: number, name = 'contact'): string[] =>
  Array.from({ length: count }, (_, nth) => `${name}-${nth}@example.com`);

const anEventOf = (email: string, type: string, days: number, eventId = 'e'): OwnedEvent => ({
  email,
  kind: 'email',
  type,
  occurredAt: Date.now() - days * DAY,
  eventId,
});

const emailsIn = (items: readonly Listed[]): string[] => items.map(({ email }) => email);

/** Reads a list page by page; `between` runs after each page. */
const pagesOf = async (org: TestOrg, path: string, between: (page: number) => Promise<unknown>) => {
  const items: Listed[] = [];
  let cursor: string | null = null;
  for (let page = 0; page === 0 || cursor !== null; page++) {
    const answer = await org.get(cursor === null ? path : `${path}&cursor=${cursor}`);
    items.push(...answer.body.items);
    cursor = answer.body.nextCursor;
    await between(page);
  }
  return items;
};

const addContacts = (org: TestOrg, emails: readonly string[]) =>
  org.post('/v1/contacts/batch', { contacts: emails.map((email) => ({ email })) });

describe('the list of contacts', () => {
  it.each([7, 50, 200])('with a limit of %i returns every contact once', async (limit) => {
    const emails = emailsOf(60);
    const org = await newOrgWith(...emails);

    const [byId, byScore] = await Promise.all([
      allOf<Listed>(org, `/v1/contacts?limit=${limit}`),
      allOf<Listed>(org, `${BY_SCORE}&limit=${limit}`),
    ]);

    expect(emailsIn(byId).toSorted()).toEqual(emails.toSorted());
    expect(emailsIn(byScore).toSorted()).toEqual(emails.toSorted());
  });

  it.each(['/v1/contacts?limit=5', `${BY_SCORE}&limit=5`])(
    'neither repeats nor loses a contact if others are created between its pages: %s',
    async (path) => {
      const emails = emailsOf(40);
      const org = await newOrgWith(...emails);

      const items = await pagesOf(org, path, (page) =>
        page < 5 ? addContacts(org, emailsOf(6, `late-${page}`)) : Promise.resolve(),
      );

      const seen = emailsIn(items);
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen).toEqual(expect.arrayContaining(emails));
    },
  );

  it('returns the same profiles as reading contacts one by one', async () => {
    const [email = ''] = emailsOf(1);
    const org = await newOrgWith(email);
    await importEvents(org, [anEventOf(email, 'opened', 3)]);
    await refreshAffected(org);

    const { body } = await org.get('/v1/contacts');
    const one = await org.get(`/v1/contacts?email=${email}`);

    const { engagementScore, ...rest } = body.items[0];
    expect(one.body).toEqual({ ...rest, engagementScore: expect.closeTo(engagementScore, 6) });
  });

  it('of another organisation is empty', async () => {
    await newOrgWith(...emailsOf(3));
    const other = await newOrg();

    expect((await other.get('/v1/contacts')).body).toEqual({ items: [], nextCursor: null });
    expect((await other.get(BY_SCORE)).body).toEqual({ items: [], nextCursor: null });
  });

  it.each([
    'limit=0',
    'limit=201',
    'sort=email',
    'cursor=nonsense',
    'sort=engagementScore&cursor=WzAsbnVsbF0',
  ])('answers 400 to ?%s', async (query) => {
    const org = await newOrg();

    expect(await org.get(`/v1/contacts?${query}`)).toMatchObject({
      status: 400,
      body: { error: { code: 'bad_request' } },
    });
  });
});

describe('the list of contacts by engagement', () => {
  it('is sorted by the current scores, negative ones last, also after further refreshes', async () => {
    const emails = emailsOf(24);
    const org = await newOrgWith(...emails, 'nothing@example.com');
    // Weights from positive to negative, and different ages, so that neither alone determines the order.
    const types = ['clicked', 'opened', 'bounced', 'unsubscribed'];
    await importEvents(
      org,
      emails.map((email, nth) => anEventOf(email, types[nth % 4] as string, 1 + nth * 7)),
    );
    await refreshContacts(org, emails.slice(0, 12));
    await refreshContacts(org, emails.slice(12));
    const first = await allOf<Listed>(org, `${BY_SCORE}&limit=10`);

    // A contact with a low score clicks, and the one with the highest complains; others are refreshed without new events.
    const [best = '', worst = ''] = [first[0]?.email, emails[21]];
    await importEvents(org, [anEventOf(worst, 'clicked', 0.1), anEventOf(best, 'complained', 0.1)]);
    await refreshContacts(org, [best, worst, ...emails.slice(5, 9)]);
    const second = await allOf<Listed>(org, `${BY_SCORE}&limit=10`);

    for (const list of [first, second]) {
      const scores = list.map(({ engagementScore }) => engagementScore);
      expect(list).toHaveLength(25);
      expect(scores).toEqual(scores.toSorted((a, b) => b - a));
      expect(scores.some((score) => score < 0)).toBe(true);
    }
    expect(second[0]?.email).toBe(worst);
    expect(second.at(-1)?.email).toBe(best);
  }, 40_000);

  it('lists equal ranks by rank and id, even if others are created between pages', async () => {
    const org = await newOrgWith(...emailsOf(30));
    const store = createStandingStore(stackDynamo(), tableName(OUTPUT.standingsTable));

    const seen: string[] = [];
    let after: string | undefined;
    do {
      const ranks = await store.ranks(org.orgId, 4, after);
      seen.push(...ranks);
      after = ranks.at(-1);
      if (seen.length <= 20) await addContacts(org, emailsOf(3, `late-${seen.length}`));
    } while (after !== undefined);

    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(seen.toSorted().toReversed());
    const ids = emailsOf(30).map((email) => contactIdOf(org.orgId, email));
    expect(seen.map((rank) => rank.split('#')[1])).toEqual(expect.arrayContaining(ids));
  }, 30_000);
});
