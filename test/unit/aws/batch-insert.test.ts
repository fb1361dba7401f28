import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchInsert } from '#shared/aws/batch-insert.ts';
import type { Item } from '#shared/aws/dynamodb.ts';
import { aBudget } from '#test/support/builders.ts';

/** A client that answers every command by a function of its input. */
const aClient = (answer: (input: never) => unknown): DynamoDBClient => {
  const send = async ({ input }: { input: never }) => answer(input);
  return { send } as unknown as DynamoDBClient;
};

const itemsOf = (count: number): Item[] =>
  Array.from({ length: count }, (_, nth) => ({ pk: { S: `p${nth}` } }));

describe('batchInsert', () => {
  interface Input {
    readonly Statements: {
      readonly Statement: string;
      readonly Parameters: readonly { readonly S: string }[];
    }[];
  }

  it('distinguishes inserted from existing items, and retries throttled ones', async () => {
    const table = new Set(['p1']);
    let calls = 0;
    const client = aClient(({ Statements }: Input) => {
      calls++;
      const Responses = Statements.map(({ Parameters: [pk] }) => {
        if (pk?.S === 'p2' && calls === 1) return { Error: { Code: 'ThrottlingError' } };
        if (table.has(pk?.S ?? '')) return { Error: { Code: 'DuplicateItem' } };
        table.add(pk?.S ?? '');
        return {};
      });
      return { Responses };
    });

    const { inserted, existed } = await batchInsert('t', itemsOf(4), { client, budget: aBudget() });

    expect(inserted.map(({ pk }) => pk?.S)).toEqual(['p0', 'p3', 'p2']);
    expect(existed.map(({ pk }) => pk?.S)).toEqual(['p1']);
    expect(calls).toBe(2);
  });

  it('passes values as parameters, never in the statement', async () => {
    const statements: Input['Statements'] = [];
    const client = aClient(({ Statements }: Input) => {
      statements.push(...Statements);
      return { Responses: Statements.map(() => ({})) };
    });

    await batchInsert('t', [{ pk: { S: "o'brien" }, email: { S: '?' } }], { client, budget: aBudget() });

    expect(statements).toEqual([
      {
        Statement: `INSERT INTO "t" VALUE {'pk': ?, 'email': ?}`,
        Parameters: [{ S: "o'brien" }, { S: '?' }],
      },
    ]);
  });

  it('returns items that could not be stored in time in neither list', async () => {
    const client = aClient(({ Statements }: Input) => ({
      Responses: Statements.map((_, nth) => (nth === 0 ? {} : { Error: { Code: 'RequestLimitExceeded' } })),
    }));

    const outcome = await batchInsert('t', itemsOf(1).concat(itemsOf(2)), { client, budget: aBudget(0) });

    expect(outcome).toEqual({ inserted: [], existed: [] });
  });

  it('throws if a statement is rejected permanently', async () => {
    const client = aClient(() => ({ Responses: [{ Error: { Code: 'ValidationError' } }] }));

    await expect(batchInsert('t', itemsOf(1), { client, budget: aBudget() })).rejects.toThrow(
      /^ValidationError/,
    );
  });
});
