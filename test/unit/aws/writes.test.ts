import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import {
  ContendedError,
  isWritten,
  putItem,
  transactWrite,
  unlessRefused,
  updateItem,
} from '#shared/aws/writes.ts';
import { OutOfTimeError } from '#shared/time/out-of-time.ts';
import { aBudget } from '#test/support/builders.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const INPUT = { TableName: 'table', Key: {}, Item: {} };

const heldItem = () => new TransactionConflictException({ message: 'Transaction is ongoing', $metadata: {} });
const cancelled = (...codes: readonly string[]) =>
  new TransactionCanceledException({
    message: 'Transaction cancelled',
    $metadata: {},
    CancellationReasons: codes.map((Code) => ({ Code })),
  });
const refused = () => new ConditionalCheckFailedException({ message: 'No', $metadata: {} });

/** A client that fails with these errors one after the other, and then answers. */
const aClient = (...errors: readonly Error[]) => {
  const inputs: { readonly ClientRequestToken?: string }[] = [];
  const send = async ({ input }: { input: object }) => {
    inputs.push(input);
    const error = errors[inputs.length - 1];
    if (error !== undefined) throw error;
    return { Attributes: { pk: { S: 'updated' } } };
  };
  return { client: { send } as unknown as DynamoDBClient, inputs };
};

describe('a write of an item that a transaction holds', () => {
  const conflicts = [heldItem(), heldItem(), heldItem()];

  it.each([
    ['put', putItem, conflicts],
    ['update', updateItem, conflicts],
    [
      'transaction',
      (client: DynamoDBClient, _input: object, budget: ReturnType<typeof aBudget>) =>
        transactWrite(client, [], budget),
      conflicts.map(() => cancelled('None', 'TransactionConflict')),
    ],
  ])(
    'is repeated unchanged after pauses with jitter, until it succeeds: a %s',
    async (_name, write, errors) => {
      const randoms = [0.9, 0.1, 0.5];
      const budget = aBudget(20_000, () => randoms.shift() ?? 0);
      const { client, inputs } = aClient(...errors);

      await write(client, INPUT, budget);

      expect(budget.pauses).toEqual([0.9 * 25, 0.1 * 50, 0.5 * 100]);
      expect(inputs).toHaveLength(4);
      expect(new Set(inputs.map((input) => JSON.stringify(input))).size).toBe(1);
    },
  );

  it('fails as out of time when the item is held until the deadline', async () => {
    const { client } = aClient(...Array.from({ length: 500 }, heldItem));

    await expect(putItem(client, INPUT, aBudget(1_000))).rejects.toThrow(OutOfTimeError);
  });
});

describe('a transaction', () => {
  it('is repeated with the same token if its answer was lost', async () => {
    const { client, inputs } = aClient(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));

    await transactWrite(client, [], aBudget());

    const [token, again] = inputs.map(({ ClientRequestToken }) => ClientRequestToken);
    expect([token, inputs.length]).toEqual([expect.any(String), 2]);
    expect(again).toBe(token);
  });

  it('of which a condition fails is refused at once, even if other items are in conflict', async () => {
    const { client, inputs } = aClient(cancelled('TransactionConflict', 'ConditionalCheckFailed', 'None'));

    expect(await isWritten(() => transactWrite(client, [], aBudget()))).toBe(false);
    expect(inputs).toHaveLength(1);
  });
});

describe('a transaction whose caller allows two conflicts', () => {
  const conflict = () => cancelled('None', 'TransactionConflict');

  it('is repeated after each of them', async () => {
    const { client, inputs } = aClient(conflict(), new Error('reset'), conflict());

    await transactWrite(client, [], aBudget(), 2);

    expect(inputs).toHaveLength(4);
  });

  it('is given up after the third', async () => {
    const { client, inputs } = aClient(conflict(), conflict(), conflict());

    const writing = transactWrite(client, [], aBudget(), 2);

    await expect(writing).rejects.toThrow(ContendedError);
    expect(inputs).toHaveLength(3);
  });
});

describe('a conditional write', () => {
  it.each([
    ['of an item', refused()],
    ['of a transaction', cancelled('None', 'ConditionalCheckFailed')],
  ])('%s has no result if its condition fails', async (_case, error) => {
    const { client } = aClient(error);

    expect(await unlessRefused(() => updateItem(client, INPUT, aBudget()))).toBeUndefined();
  });

  it('has its result if the condition holds', async () => {
    const { client } = aClient();

    expect(await unlessRefused(() => updateItem(client, INPUT, aBudget()))).toEqual({ pk: { S: 'updated' } });
    expect(await isWritten(() => putItem(client, INPUT, aBudget()))).toBe(true);
  });

  it.each([
    ['something else is wrong', cancelled('ValidationError', 'None')],
    ['the error is none of DynamoDB', Object.assign(new Error('no'), { $fault: 'client' })],
  ])('fails if %s', async (_case, error) => {
    const { client } = aClient(error);

    await expect(isWritten(() => transactWrite(client, [], aBudget()))).rejects.toBe(error);
  });
});

it('no other file makes writes of single items or transactions, so all of them are repeated after a conflict', () => {
  const writing = globSync(['shared/**/*.ts', 'functions/**/*.ts', 'cli/**/*.ts'], { cwd: ROOT }).filter(
    (path) =>
      /\b(PutItem|UpdateItem|DeleteItem|TransactWriteItems|ExecuteStatement|ExecuteTransaction)Command\b/.test(
        readFileSync(join(ROOT, path), 'utf8'),
      ),
  );

  expect(writing).toEqual(['shared/aws/writes.ts']);
});
