import { identityIdOf } from '#shared/identities/contact-id.ts';
import type { Identity } from '#shared/identities/identity.ts';
import { type Answer, newOrg, type TestOrg } from '#test/support/api.ts';
import { anEmailEntry, aWebEntry, SARAH } from '#test/support/builders.ts';
import { importContact, namedBy } from '#test/support/identified.ts';
import { EVENT_IMPORTS, importEntries, instant } from '#test/support/imports.ts';
import { allOf } from '#test/support/refreshes.ts';

const [EMAIL, WEB] = EVENT_IMPORTS;
const FROM = Date.parse('2025-06-01T00:00:00Z');

const BY_EMAIL: Identity = { namespace: 'email', value: SARAH };
const BY_USER: Identity = { namespace: 'userId', value: 'u-1' };
const BY_PHONE: Identity = { namespace: 'phone', value: '+12133734253' };

interface Activity {
  readonly kind: string;
  readonly eventId?: string;
}

/** Imports web events at these seconds after {@link FROM} by an identity; the eventId is the second. */
const importAt = async (org: TestOrg, identity: Identity, seconds: readonly number[]): Promise<void> => {
  const entries = seconds.map((at) =>
    aWebEntry({ ...namedBy(identity), occurredAt: instant(at * 1_000, FROM), eventId: `${at}` }),
  );
  const { body, text } = await importEntries(org, WEB, entries);
  if (body?.imported !== seconds.length) throw new Error(`Not all imported: ${text}`);
};

const idsOf = (items: readonly Activity[]): number[] => items.map(({ eventId }) => Number(eventId));

const pathOf = ({ orgId }: TestOrg, identity: Identity, query = ''): string =>
  `/v1/contacts/${identityIdOf(orgId, identity)}/activity${query}`;

/** The numbers from 0 that have a remainder by 3. */
const everyThird = (remainder: number, below = 30): number[] =>
  Array.from({ length: below }, (_, at) => at).filter((at) => at % 3 === remainder);

describe('the timeline of a contact with several identities', () => {
  it('has the events of all of them once, newest first, with any limit, by the id of any', async () => {
    const org = await newOrg();
    await importContact(org, { email: SARAH, externalId: 'u-1', phone: BY_PHONE.value });
    const all = [BY_EMAIL, BY_USER, BY_PHONE];
    for (const [nth, identity] of all.entries()) await importAt(org, identity, everyThird(nth));

    for (const identity of all) {
      for (const limit of [1, 7, 200]) {
        const items = await allOf<Activity>(org, pathOf(org, identity, `?limit=${limit}`));
        expect(idsOf(items)).toEqual(Array.from({ length: 30 }, (_, at) => 29 - at));
      }
    }
  });

  it('has the same event twice if two identities have sent it', async () => {
    const org = await newOrg();
    await importContact(org, { email: SARAH, externalId: 'u-1' });
    await importAt(org, BY_EMAIL, [1, 2, 3]);
    await importAt(org, BY_USER, [2]);

    const items = await allOf<Activity>(org, pathOf(org, BY_USER, '?limit=1'));

    expect(idsOf(items)).toEqual([3, 2, 2, 1]);
  });

  it('of one kind has its events among thousands of others, whichever identity they are of', async () => {
    const org = await newOrg();
    await importContact(org, { email: SARAH, externalId: 'u-1' });
    const at = [0, 700, 1_400, 2_100];
    const emails = at.map((second, nth) =>
      anEmailEntry({
        ...namedBy(nth % 2 === 0 ? BY_EMAIL : BY_USER),
        occurredAt: instant(second * 1_000 + 1, FROM),
        eventId: `${second}`,
      }),
    );
    await importEntries(org, EMAIL, emails);
    await importAt(org, BY_USER, everyThird(0, 2_100));

    const items = await allOf<Activity>(org, pathOf(org, BY_EMAIL, '?kind=email&limit=3'));

    expect(idsOf(items)).toEqual(at.toReversed());
    expect(items.every(({ kind }) => kind === 'email')).toBe(true);
  });

  it('neither repeats nor loses an event if events arrive and contacts merge between its pages', async () => {
    const org = await newOrg();
    await importContact(org, { email: SARAH });
    await importContact(org, { externalId: 'u-1' });
    await importAt(org, BY_EMAIL, everyThird(0));
    await importAt(org, BY_USER, everyThird(1));

    const seen: number[] = [];
    let cursor: string | null = null;
    for (let page = 0; cursor !== null || page === 0; page++) {
      const { body }: Answer = await org.get(
        pathOf(org, BY_EMAIL, `?limit=4${cursor === null ? '' : `&cursor=${cursor}`}`),
      );
      seen.push(...idsOf(body.items));
      cursor = body.nextCursor;
      // After the first page, which ends with the event of second 18, they are one contact.
      if (page === 0) await importContact(org, { email: SARAH, externalId: 'u-1' });
      // Newer than all, and older than what remains.
      if (page < 3) await importAt(org, BY_USER, [1_000 + page, 2 - page]);
    }

    expect(seen.slice(0, 4)).toEqual([27, 24, 21, 18]);
    expect(seen.slice(4)).toEqual(
      [...everyThird(0), ...everyThird(1), 2, 0].filter((at) => at < 18).toSorted((a, b) => b - a),
    );
  });
});
