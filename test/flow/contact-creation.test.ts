import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { newContactItem } from '#shared/contacts/contact-item.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { contactIdOf } from '#shared/identities/contact-id.ts';
import { newStandingItem } from '#shared/standings/standing-item.ts';
import { newOrg, type TestOrg } from '#test/support/api.ts';
import { anEmailEntry, SARAH } from '#test/support/builders.ts';
import { CONTACT_IMPORT, EVENT_IMPORTS, importEntries } from '#test/support/imports.ts';
import { allOf, profileOf, REFRESH, refreshContacts, versionOf } from '#test/support/refreshes.ts';
import { contactRow, identityRow, stackDynamo, standingRow, tableName } from '#test/support/tables.ts';

const [EMAIL] = EVENT_IMPORTS;

/** Stores the rows that an interrupted import leaves. */
const leaveBehind = async ({ orgId }: TestOrg, withStanding: boolean): Promise<void> => {
  const id = contactIdOf(orgId, SARAH);
  const entry = { email: SARAH, attributes: new Map([['old', '1.0']]) };
  const contact = newContactItem(orgId, id, entry, { importId: 'imp_interrupted', now: Date.now() });
  const put = (TableName: string, Item: typeof contact) =>
    stackDynamo().send(new PutItemCommand({ TableName, Item }));
  await put(tableName(OUTPUT.contactsTable), contact);
  if (withStanding) await put(tableName(OUTPUT.standingsTable), newStandingItem(orgId, id));
};

const rowsOf = (org: TestOrg, email = SARAH) =>
  Promise.all([identityRow(org, email), contactRow(org, email), standingRow(org, email)]);

const importSarah = (org: TestOrg) =>
  importEntries(org, CONTACT_IMPORT, [{ email: SARAH, attributes: { new: true } }]);

describe.each([
  ['a contact without a standing', false],
  ['a contact and its standing', true],
])('after an interrupted creation that left %s', (_what, withStanding) => {
  it('events are rejected, no refresh is started and no contact is listed', async () => {
    const org = await newOrg();
    await leaveBehind(org, withStanding);

    const events = await importEntries(org, EMAIL, [anEmailEntry()]);
    const refresh = await org.post(REFRESH, { contactIds: [contactIdOf(org.orgId, SARAH)] });

    expect(events.body).toMatchObject({ imported: 0, errors: [{ reason: 'Contact not found' }] });
    expect(refresh.body).toMatchObject({ accepted: 0, notFound: [contactIdOf(org.orgId, SARAH)] });
    expect(await allOf(org, '/v1/contacts')).toEqual([]);
  });

  it('sending the batch again creates a complete contact, with the attributes of both imports', async () => {
    const org = await newOrg();
    await leaveBehind(org, withStanding);

    const again = await importSarah(org);
    const events = await importEntries(org, EMAIL, [anEmailEntry()]);
    await refreshContacts(org, [SARAH]);

    expect(again.body).toMatchObject({ imported: 1, contacts: [{ created: false }] });
    expect(events.body).toMatchObject({ imported: 1, skipped: 0 });
    expect((await rowsOf(org)).every((row) => row !== undefined)).toBe(true);
    expect(await profileOf(org, SARAH)).toMatchObject({
      attributes: { old: 1, new: true },
      scoredAt: expect.any(String),
    });
    for (const path of ['/v1/contacts', '/v1/contacts?sort=engagementScore']) {
      expect(await allOf<{ email: string }>(org, path)).toMatchObject([{ email: SARAH }]);
    }
  }, 30_000);
});

describe('a contact', () => {
  it('is listed as soon as its creation is answered', async () => {
    const org = await newOrg();

    for (const email of ['a@example.com', 'b@example.com', 'c@example.com']) {
      await importEntries(org, CONTACT_IMPORT, [{ email }]);
      const listed = await allOf<{ email: string }>(org, '/v1/contacts');
      expect(listed.map((each) => each.email)).toContain(email);
    }
  });

  it('that is imported again keeps its standing', async () => {
    const org = await newOrg();
    await importSarah(org);
    await importEntries(org, EMAIL, [anEmailEntry()]);
    await refreshContacts(org, [SARAH]);
    const before = await standingRow(org, SARAH);

    await importEntries(org, CONTACT_IMPORT, [{ email: SARAH, attributes: { plan: 'pro' } }]);

    expect(await versionOf(org, SARAH)).toBe(1);
    expect(await standingRow(org, SARAH)).toEqual(before);
  }, 30_000);
});
