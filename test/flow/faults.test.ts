import { stateOfItem } from '#shared/contacts/contact-item.ts';
import { attributesOf } from '#shared/contacts/contact-state.ts';
import type { TestOrg } from '#test/support/api.ts';
import { anEmailEntry } from '#test/support/builders.ts';
import { ALL_FAULTS, hangAt, sometimes } from '#test/support/fault-plans.ts';
import { type FaultyImports, startFaultyImports } from '#test/support/faulty-imports.ts';
import { instant, newOrgWith } from '#test/support/imports.ts';
import { contactRow, eventRows, identityRow, standingRow } from '#test/support/tables.ts';

const EMAILS = Array.from({ length: 60 }, (_, at) => `contact-${at}@example.com`);
const FROM = Date.parse('2025-01-01T00:00:00Z');

/** Two events of each contact, one of them twice, and one event of an unknown contact. */
const aBatchOf = (emails: readonly string[]) => [
  ...emails.flatMap((contactEmail, at) => [
    anEmailEntry({ contactEmail, occurredAt: instant(at, FROM), metadata: { at } }),
    anEmailEntry({ contactEmail, occurredAt: instant(at, FROM), eventId: 'e-1' }),
    anEmailEntry({ contactEmail, occurredAt: instant(at, FROM), metadata: { at } }),
  ]),
  anEmailEntry({ contactEmail: 'nobody@example.com' }),
];

/** The number of rows in each contact's history. */
const rowCounts = async (org: TestOrg, emails: readonly string[]): Promise<number[]> =>
  (await Promise.all(emails.map((email) => eventRows(org, email)))).map((rows) => rows.length);

let faulty: FaultyImports;
beforeAll(async () => {
  faulty = await startFaultyImports(20251115);
});
afterAll(() => faulty.stop());

describe.each([
  ...ALL_FAULTS.map((fault) => [fault, () => sometimes(fault), EMAILS] as const),
  ['all of these', () => sometimes(...ALL_FAULTS), EMAILS] as const,
  ['hang', () => hangAt(3), EMAILS.slice(0, 20)] as const,
])('if calls fail: %s', (_fault, planOf, emails) => {
  it('every event is stored once, and the answer and the receipt report it', async () => {
    const org = await newOrgWith(...emails);
    const batch = aBatchOf(emails);
    faulty.proxy.plan(org.orgId, planOf());

    const answer = await faulty.importEvents(org, batch);

    expect(faulty.proxy.faultsOf(org.orgId)).toBeGreaterThan(0);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ imported: batch.length - 1, skipped: 1 });
    expect(await rowCounts(org, emails)).toEqual(emails.map(() => 2));
    const receipt = await org.get(`/v1/imports/${answer.headers.get('x-import-id')}`);
    expect(receipt.body).toMatchObject({
      state: 'completed',
      received: batch.length,
      contacts: emails.length,
      imported: batch.length - 1,
      skipped: 1,
      note: null,
    });
  }, 30_000);

  it('every contact is created once, reported as created once, and then updated', async () => {
    const [first = '', ...others] = emails;
    const org = await newOrgWith(first);
    faulty.proxy.plan(org.orgId, planOf());
    const entriesOf = (plan: string) => emails.map((email) => ({ email, attributes: { [plan]: plan } }));

    const created = await faulty.importContacts(org, entriesOf('free'));
    const updated = await faulty.importContacts(org, entriesOf('pro'));

    expect(faulty.proxy.faultsOf(org.orgId)).toBeGreaterThan(0);
    const flags = (answer: typeof created) =>
      answer.body.contacts.map((contact: { created: boolean }) => contact.created);
    expect(created.status).toBe(200);
    expect(flags(created)).toEqual([false, ...others.map(() => true)]);
    expect(updated.status).toBe(200);
    expect(flags(updated)).toEqual(emails.map(() => false));
    for (const rowOf of [identityRow, standingRow]) {
      expect(await Promise.all(emails.map((email) => rowOf(org, email)))).not.toContain(undefined);
    }
    const rows = await Promise.all(emails.map((email) => contactRow(org, email)));
    for (const row of rows) {
      expect(row && attributesOf(stateOfItem(row))).toEqual(
        new Map([
          ['free', '"free"'],
          ['pro', '"pro"'],
        ]),
      );
    }
  }, 30_000);
});
