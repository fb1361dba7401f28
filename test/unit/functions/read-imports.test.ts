import { createReadImports } from '#functions/query/imports/handler.ts';
import { serve } from '#shared/contract/operation.ts';
import { IMPORTS } from '#shared/contract/operations/imports.ts';
import { encodeCursor } from '#shared/http/paging.ts';
import type { Receipt, ReceiptType } from '#shared/imports/receipt.ts';
import { aReceipt, aRequest, ORG } from '#test/support/builders.ts';
import { bodyOf } from '#test/support/refresh-world.ts';

const receiptsOf = (count: number) =>
  Array.from({ length: count }, (_, nth) => aReceipt({ id: `imp_${String(count - nth).padStart(26, '0')}` }));

/** Receipts by organisation, newest first. */
const aStage = (receipts: Record<string, Receipt[]>) => {
  const lists: {
    orgId: string;
    types: readonly ReceiptType[];
    limit: number;
    after: string | undefined;
  }[] = [];
  const run = serve(
    IMPORTS,
    createReadImports({
      receipts: {
        get: async (orgId, id) => {
          const found = receipts[orgId]?.find((receipt) => receipt.id === id);
          return found && { ...found, errors: [], notLinked: [] };
        },
        list: async (orgId, types, limit, after) => {
          lists.push({ orgId, types, limit, after });
          const all = (receipts[orgId] ?? []).filter(({ id }) => after === undefined || id < after);
          const items = all.slice(0, limit);
          return { items, next: all.length > limit ? items.at(-1)?.id : undefined };
        },
      },
    }),
  );
  return { run, lists };
};

const aList = (query: Record<string, string> = {}) =>
  aRequest({ method: 'GET', route: '/v1/imports', query });
const aRead = (importId: string, orgId = ORG) =>
  aRequest({ method: 'GET', route: '/v1/imports/{importId}', orgId, pathParameters: { importId } });

describe('listing imports', () => {
  it('returns the organisation’s receipts, and no cursor on the last page', async () => {
    const { run, lists } = aStage({ [ORG]: receiptsOf(3), o_other: receiptsOf(9) });

    const response = await run(aList());

    expect(response.statusCode).toBe(200);
    expect(bodyOf(response)).toEqual({ items: receiptsOf(3), nextCursor: null });
    expect(lists).toEqual([{ orgId: ORG, types: ['batch', 'stream'], limit: 50, after: undefined }]);
  });

  it.each(['batch', 'stream'])('lists receipts of the type %s alone', async (type) => {
    const { run, lists } = aStage({});

    await run(aList({ type }));

    expect(lists).toMatchObject([{ types: [type] }]);
  });

  it('refuses a type that there is not', async () => {
    const { run } = aStage({});

    const listing = run(aList({ type: 'files' }));

    await expect(listing).rejects.toMatchObject({
      statusCode: 400,
      message: 'type must be one of batch, stream',
    });
  });

  it('returns an empty list if there was no import', async () => {
    const { run } = aStage({});

    expect(bodyOf(await run(aList()))).toEqual({ items: [], nextCursor: null });
  });

  it('returns every receipt once, page by page, even if new ones arrive between pages', async () => {
    const receipts = receiptsOf(7);
    const { run } = aStage({ [ORG]: receipts });

    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query: Record<string, string> = cursor === null ? { limit: '3' } : { limit: '3', cursor };
      const page = bodyOf(await run(aList(query)));
      seen.push(...page.items.map(({ id }: Receipt) => id));
      cursor = page.nextCursor;
      receipts.unshift(aReceipt({ id: `imp_${String(900 + receipts.length).padStart(26, '0')}` }));
    } while (cursor !== null);

    expect(seen).toEqual(receiptsOf(7).map(({ id }) => id));
  });

  it.each([
    ['limit', '0'],
    ['limit', '201'],
    ['limit', 'all'],
    ['cursor', 'nonsense'],
    ['cursor', encodeCursor(7)],
    ['cursor', encodeCursor('c_1')],
  ])('answers 400 to the %s %s, naming the parameter', async (name, value) => {
    const { run, lists } = aStage({});

    await expect(run(aList({ [name]: value }))).rejects.toMatchObject({
      statusCode: 400,
      message: expect.stringContaining(name),
    });
    expect(lists).toEqual([]);
  });
});

describe('reading one import', () => {
  it('returns its receipt', async () => {
    const receipt = aReceipt({
      state: 'open',
      imported: null,
      skipped: null,
      completedAt: null,
      reasons: {},
    });
    const { run } = aStage({ [ORG]: [receipt] });

    expect(await run(aRead(receipt.id))).toEqual({
      statusCode: 200,
      body: { ...receipt, errors: [], notLinked: [] },
    });
  });

  it.each([
    ['that does not exist', 'imp_none', ORG],
    ['of another organisation', aReceipt().id, 'o_other'],
  ])('answers 404 to one %s', async (_case, id, orgId) => {
    const { run } = aStage({ [ORG]: [aReceipt()] });

    await expect(run(aRead(id, orgId))).rejects.toMatchObject({
      statusCode: 404,
      message: 'Import not found',
    });
  });
});
