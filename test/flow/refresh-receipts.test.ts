import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { ulid } from 'ulid';
import { budgetOf } from '#shared/aws/retry.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { openAtMostMs } from '#shared/imports/receipt.ts';
import { createReceiptStore } from '#shared/imports/receipt-store.ts';
import { newOrg, type TestOrg } from '#test/support/api.ts';
import { someIds } from '#test/support/refresh-world.ts';
import { rowsOf, stackDynamo, tableName } from '#test/support/tables.ts';

const budget = () => budgetOf(10_000);
const store = (now = Date.now) => createReceiptStore(stackDynamo(), tableName(OUTPUT.importsTable), now);

/** Opens the receipt of an import. @returns the import's id */
const begin = async (
  { orgId }: TestOrg,
  contactIds: readonly string[],
  at = Date.now(),
  endpoint: 'events/email' | 'stream' = 'events/email',
): Promise<string> => {
  const id = `imp_${ulid(at)}`;
  const receivedAt = new Date(at).toISOString();
  const opening = { id, endpoint, receivedAt, received: 1 };
  await store().open(orgId, opening, new Set(contactIds), budget());
  return id;
};

const end = ({ orgId }: TestOrg, id: string) =>
  store().close(
    orgId,
    { id, endpoint: 'events/email' },
    { state: 'completed', imported: 1, skipped: 0, reasons: {} },
    budget(),
  );

describe('imports that are not refreshed yet', () => {
  it('are listed from their start, with the contacts that they touch, oldest first', async () => {
    const org = await newOrg();
    const [first, second, third] = someIds(3) as [string, string, string];
    const at = Date.now();
    const newer = await begin(org, [second, third], at - 1_000);
    const older = await begin(org, [first, second], at - 2_000);
    await end(org, older);

    const found = await store().unrefreshed(org.orgId, 10, budget());

    expect(found).toEqual([
      { id: older, contactIds: [first, second], running: false },
      { id: newer, contactIds: [second, third], running: true },
    ]);
  });

  it.each(['events/email', 'stream'] as const)(
    'count as running for as long as they may run if their receipts are not closed: %s',
    async (endpoint) => {
      const org = await newOrg();
      const at = Date.now();
      await begin(org, someIds(1), at, endpoint);

      const isRunningAt = async (now: number) =>
        (await store(() => now).unrefreshed(org.orgId, 10, budget())).map(({ running }) => running);

      expect(await isRunningAt(at + openAtMostMs(endpoint) - 1)).toEqual([true]);
      expect(await isRunningAt(at + openAtMostMs(endpoint))).toEqual([false]);
    },
  );

  it('have more contacts than an item can hold', async () => {
    const org = await newOrg();
    const ids = someIds(70_000);
    await begin(org, ids);

    const [found] = await store().unrefreshed(org.orgId, 10, budget());

    expect(found?.running).toBe(true);
    expect(new Set(found?.contactIds)).toEqual(new Set(ids));
  });

  it('remain if only their mark is visible', async () => {
    const org = await newOrg();
    const id = `imp_${ulid()}`;
    const Item = { pk: { S: `${org.orgId}#unrefreshed#0` }, sk: { S: id } };
    await stackDynamo().send(new PutItemCommand({ TableName: tableName(OUTPUT.importsTable), Item }));

    const answer = await org.post('/v1/contacts/backfill/refresh', { affected: true });

    expect(answer.body).toMatchObject({ accepted: 0, moreAffected: false });
    expect(await store().unrefreshed(org.orgId, 10, budget())).toEqual([
      { id, contactIds: [], running: true },
    ]);
  });

  it('have the contacts of each import in a partition of its own, and marks in several', async () => {
    const org = await newOrg();
    for (let nth = 0; nth < 60; nth++) await begin(org, someIds(1));

    const rows = (await rowsOf(org, tableName(OUTPUT.importsTable))).map((row) => JSON.parse(row));

    const partitions = (isOne: (pk: string) => boolean) =>
      [...Map.groupBy(rows, ({ pk }) => pk.S).entries()].filter(([pk]) => isOne(pk));
    const ofContacts = partitions((pk) => pk.startsWith(`${org.orgId}#imp_`));
    const ofMarks = partitions((pk) => pk.startsWith(`${org.orgId}#unrefreshed#`));
    expect(ofContacts.map(([, items]) => items.length)).toEqual(Array(60).fill(1));
    expect(ofMarks.length).toBeGreaterThan(8);
  });

  it('have ended as soon as their receipts are closed, whether or not a refresh has marked them', async () => {
    const org = await newOrg();
    const [first, second] = [await begin(org, someIds(1)), await begin(org, someIds(1))];
    await store().markRefreshed(org.orgId, [first], budget());

    await end(org, first);
    await end(org, second);

    expect(await store().unrefreshed(org.orgId, 10, budget())).toEqual([
      { id: second, contactIds: someIds(1), running: false },
    ]);
  });

  it('exclude imports that touched no contact', async () => {
    const org = await newOrg();
    await begin(org, []);

    expect(await store().unrefreshed(org.orgId, 10, budget())).toEqual([]);
  });

  it('exclude imports that are marked as refreshed, however often they are marked', async () => {
    const org = await newOrg();
    const ids = [];
    for (let nth = 0; nth < 30; nth++) ids.push(await begin(org, someIds(2), Date.now() + nth));

    await store().markRefreshed(org.orgId, ids.slice(0, 28), budget());
    await store().markRefreshed(org.orgId, ids.slice(0, 5), budget());
    await end(org, ids[0] as string);

    const found = await store().unrefreshed(org.orgId, 100, budget());
    expect(found.map(({ id }) => id)).toEqual(ids.slice(28));
    expect((await store().list(org.orgId, ['batch'], 100)).items).toHaveLength(30);
  });

  it('can be limited to the oldest', async () => {
    const org = await newOrg();
    const ids = [];
    for (let nth = 0; nth < 5; nth++) ids.push(await begin(org, someIds(1), Date.now() + nth));

    const found = await store().unrefreshed(org.orgId, 3, budget());

    expect(found.map(({ id }) => id)).toEqual(ids.slice(0, 3));
  });

  it('are separate for each organisation', async () => {
    const [org, other] = await Promise.all([newOrg(), newOrg()]);
    const id = await begin(org, someIds(1));
    await store().markRefreshed(other.orgId, [id], budget());

    expect(await store().unrefreshed(other.orgId, 10, budget())).toEqual([]);
    expect(await store().unrefreshed(org.orgId, 10, budget())).toHaveLength(1);
  });
});
