import { createOutcomeStore } from '#shared/standings/outcome-store.ts';
import { fromStandingItem } from '#shared/standings/standing-item.ts';
import { aBudget, anAwsError, NOW, ORG, SARAH_ID } from '#test/support/builders.ts';
import { newLinkTables, type OnCall } from '#test/support/link-tables.ts';

const KEY = `${ORG}#${SARAH_ID}|undefined`;

/** What is left of a contact that has become one with another: a standing, and rows in segments. */
const aStage = (segments: number, onCall?: OnCall) => {
  const tables = newLinkTables(onCall);
  const { client, tables: names, rows, transactions } = tables;
  const outcomes = createOutcomeStore(client, names);
  const ids = Array.from({ length: segments }, (_, nth) => `seg_${nth}`);
  rows('standings').set(KEY, {
    pk: { S: `${ORG}#${SARAH_ID}` },
    version: { N: '4' },
    gone: { BOOL: true },
    segments: { M: Object.fromEntries(ids.map((id) => [id, { S: '2026-03-01T00:00:00.000Z' }])) },
  });
  const standing = () => {
    const item = rows('standings').get(KEY);
    return item && fromStandingItem(item);
  };
  const first = standing();
  if (first === undefined) throw new Error('There is no standing');
  return {
    rows,
    transactions,
    standing,
    remove: (of = first) => outcomes.remove(ORG, of, NOW, aBudget()),
    deleted: () => transactions.flat().filter(({ Delete }) => Delete?.TableName === names.members).length,
  };
};

describe('removing what is left of a contact', () => {
  it.each([
    [0, 1],
    [1, 1],
    [99, 1],
    [100, 2],
    [198, 2],
    [200, 3],
  ])('with %i segments takes %i transactions', async (segments, count) => {
    const { remove, standing, deleted, transactions } = aStage(segments);

    expect(await remove()).toBe('removed');

    expect(transactions).toHaveLength(count);
    expect(deleted()).toBe(segments);
    expect(standing()).toBeUndefined();
  });

  it('that is interrupted leaves the standing with the rest, due at once, and is completed by the next', async () => {
    let isBroken = true;
    let calls = 0;
    const { remove, standing, deleted } = aStage(250, (operation, when) => {
      if (operation !== 'TransactWriteItems' || when !== 'before') return;
      calls += 1;
      if (isBroken && calls === 2) throw anAwsError('AccessDeniedException', 400);
    });
    await expect(remove()).rejects.toThrow('AccessDenied');
    const between = standing();
    isBroken = false;

    const outcome = await remove(between);

    expect(between).toMatchObject({ gone: true, dueAt: NOW, version: 5 });
    expect(between?.segments.size).toBe(250 - 99);
    expect([outcome, deleted(), standing()]).toEqual(['removed', 250, undefined]);
  });

  it('is a conflict if another worker was faster', async () => {
    const { remove, rows, transactions } = aStage(3);
    rows('standings').set(KEY, { ...rows('standings').get(KEY), version: { N: '5' } });

    expect(await remove()).toBe('conflict');

    expect(transactions).toEqual([]);
  });
});
