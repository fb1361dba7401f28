import { newOrg, type TestOrg } from '#test/support/api.ts';
import { anEmailEntry, SARAH } from '#test/support/builders.ts';
import { CONTACT_IMPORT, EVENT_IMPORTS, importEntries } from '#test/support/imports.ts';
import { allOf, refreshContacts, versionOf } from '#test/support/refreshes.ts';
import { standingRow } from '#test/support/tables.ts';

const [EMAIL] = EVENT_IMPORTS;

const importSarah = (org: TestOrg) =>
  importEntries(org, CONTACT_IMPORT, [{ email: SARAH, attributes: { new: true } }]);

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
