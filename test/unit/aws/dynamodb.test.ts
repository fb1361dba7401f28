import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchGet, batchPut, type Item, itemBytes, queryPage, queryPages } from '#shared/aws/dynamodb.ts';
import { budgetOf } from '#shared/aws/retry.ts';
import { OutOfTimeError } from '#shared/time/out-of-time.ts';
import { aBudget, anAwsError } from '#test/support/builders.ts';

/** A client that answers every command by a function of its input. */
const aClient = (answer: (input: never) => unknown): DynamoDBClient => {
  const send = async ({ input }: { input: never }) => answer(input);
  return { send } as unknown as DynamoDBClient;
};

const itemsOf = (count: number): Item[] =>
  Array.from({ length: count }, (_, nth) => ({ pk: { S: `p${nth}` } }));

describe('itemBytes counts as DynamoDB documents it', () => {
  it.each<[string, Item, number]>([
    ['nothing', {}, 0],
    ['a string', { name: { S: 'value' } }, 9],
    ['an empty string', { name: { S: '' } }, 4],
    ['a string beyond ASCII, in UTF-8', { é: { S: '😀ü' } }, 8],
    ['bytes', { b: { B: new Uint8Array(10) } }, 11],
    ['true', { b: { BOOL: true } }, 2],
    ['false', { b: { BOOL: false } }, 2],
    ['null', { b: { NULL: true } }, 2],
    ['an empty list', { l: { L: [] } }, 4],
    [
      'a list, each entry with a byte',
      { l: { L: [{ S: 'ab' }, { NULL: true }] } },
      1 + 3 + (2 + 1) + (1 + 1),
    ],
    ['an empty map', { m: { M: {} } }, 4],
    [
      'a map, each entry with a byte',
      { m: { M: { ab: { S: 'cd' }, e: { BOOL: true } } } },
      1 + 3 + (4 + 1) + (2 + 1),
    ],
    ['nested maps', { m: { M: { n: { M: { o: { S: 'p' } } } } } }, 1 + 3 + (1 + 3 + (1 + 1 + 1) + 1)],
    ['a set of strings', { s: { SS: ['ab', 'é'] } }, 5],
    ['several attributes', { pk: { S: 'a' }, sk: { S: 'bc' } }, 7],
  ])('%s', (_case, item, expected) => {
    expect(itemBytes(item)).toBe(expected);
  });

  // "Approximately (1 byte per two significant digits) + (1 byte)", plus one if it is negative.
  it.each([
    ['0', 1],
    ['1', 2],
    ['27', 2],
    ['-27', 3],
    ['0.8', 2],
    ['-0.8', 3],
    ['1e-7', 2],
    ['0.30000000000000004', 10],
    ['-0.30000000000000004', 11],
    ['12345678901234567890123456789012345678', 20],
    ['-12345678901234567890123456789012345678', 21],
  ])('the number %s, never too low and never above 21', (number, documented) => {
    const bytes = itemBytes({ n: { N: number } }) - 1;

    expect(bytes).toBeGreaterThanOrEqual(documented);
    expect(bytes).toBeLessThanOrEqual(21);
  });
});

describe('batchPut', () => {
  interface Input {
    readonly RequestItems: Record<string, { PutRequest: { Item: Item } }[]>;
  }

  it('stores all items in calls of at most 25, sending again what was not processed', async () => {
    const stored: Item[] = [];
    const sizes: number[] = [];
    let calls = 0;
    const client = aClient(({ RequestItems }: Input) => {
      const requests = RequestItems['table'] ?? [];
      sizes.push(requests.length);
      const left = calls++ === 0 ? requests.slice(3) : [];
      stored.push(
        ...requests.slice(0, requests.length - left.length).map(({ PutRequest }) => PutRequest.Item),
      );
      return { UnprocessedItems: left.length === 0 ? {} : { table: left } };
    });

    const left = await batchPut('table', itemsOf(60), { client, budget: aBudget() });

    expect(left).toEqual([]);
    expect(sizes.toSorted((a, b) => a - b)).toEqual([10, 22, 25, 25]);
    expect(stored.map(({ pk }) => pk?.S).sort()).toEqual(
      itemsOf(60)
        .map(({ pk }) => pk?.S)
        .sort(),
    );
  });

  it('returns the items that were not stored in time', async () => {
    const client = aClient(({ RequestItems }: Input) => ({
      UnprocessedItems: { table: RequestItems['table']?.filter((_, nth) => nth % 2 === 1) },
    }));
    const budget = aBudget(50, () => 0.999);

    const left = await batchPut('table', itemsOf(4), { client, budget });

    expect(left).toEqual([{ pk: { S: 'p1' } }, { pk: { S: 'p3' } }]);
  });

  it('throws permanent errors of DynamoDB', async () => {
    const client = aClient(() => {
      throw anAwsError('ValidationException', 400);
    });

    await expect(batchPut('table', itemsOf(1), { client, budget: aBudget() })).rejects.toThrow(
      'ValidationException',
    );
  });
});

describe('batchGet', () => {
  interface Input {
    readonly RequestItems: Record<string, { Keys: Item[]; ConsistentRead: boolean }>;
  }

  it('reads in calls of at most 100 keys, and retries unprocessed keys', async () => {
    const sizes: number[] = [];
    const client = aClient(({ RequestItems }: Input) => {
      const keys = RequestItems['table']?.Keys ?? [];
      sizes.push(keys.length);
      const left = sizes.length === 1 ? keys.slice(90) : [];
      const read = keys.slice(0, keys.length - left.length).filter(({ pk }) => pk?.S !== 'p7');
      return {
        Responses: { table: read },
        UnprocessedKeys: left.length === 0 ? {} : { table: { Keys: left } },
      };
    });

    const found = await batchGet('table', itemsOf(150), { client, budget: aBudget() });

    expect(sizes).toEqual([100, 50, 10]);
    expect(found).toHaveLength(149);
    expect(new Set(found.map(({ pk }) => pk?.S)).size).toBe(149);
  });

  it('throws instead of returning a partial result when the time is up', async () => {
    const client = aClient(({ RequestItems }: Input) => ({
      Responses: {},
      UnprocessedKeys: { table: { Keys: RequestItems['table']?.Keys } },
    }));

    await expect(batchGet('table', itemsOf(3), { client, budget: aBudget(100) })).rejects.toThrow(
      OutOfTimeError,
    );
  });
});

describe('queryPages', () => {
  it('retries a page that could not be read', async () => {
    let calls = 0;
    const client = aClient(() => {
      calls++;
      if (calls === 2) throw anAwsError('InternalServerError', 500);
      return { Items: itemsOf(1), ...(calls === 1 && { LastEvaluatedKey: { pk: { S: 'p0' } } }) };
    });

    const sizes: number[] = [];
    for await (const page of queryPages(client, { TableName: 't' })) sizes.push(page.length);

    expect(sizes).toEqual([1, 1]);
    expect(calls).toBe(3);
  });

  it('follows the last key to the end, empty pages included', async () => {
    const pages = [
      { Items: itemsOf(2), LastEvaluatedKey: { pk: { S: 'p1' } } },
      { LastEvaluatedKey: { pk: { S: 'p5' } } },
      { Items: itemsOf(1) },
    ];
    const starts: unknown[] = [];
    const client = aClient(({ ExclusiveStartKey }: { ExclusiveStartKey?: unknown }) => {
      starts.push(ExclusiveStartKey);
      return pages[starts.length - 1];
    });

    const sizes: number[] = [];
    for await (const page of queryPages(client, { TableName: 't' })) sizes.push(page.length);

    expect(sizes).toEqual([2, 0, 1]);
    expect(starts).toEqual([undefined, { pk: { S: 'p1' } }, { pk: { S: 'p5' } }]);
  });

  it('ends at the deadline if there is always a further page', async () => {
    let time = 0;
    const client = aClient(() => {
      time += 30;
      return { Items: itemsOf(1), LastEvaluatedKey: { pk: { S: 'p0' } } };
    });
    const budget = { ...aBudget(), now: () => time, deadline: 100 };

    let pages = 0;
    const read = async () => {
      for await (const _page of queryPages(client, { TableName: 't' }, budget)) pages += 1;
    };

    await expect(read()).rejects.toThrow(OutOfTimeError);
    expect(pages).toBe(4);
  });
});

describe('a call whose answer does not end', () => {
  it.each([
    ['no answer', (_response: ServerResponse) => {}],
    ['half an answer', (response: ServerResponse) => void response.writeHead(200).write('{"Items":')],
  ])('is aborted at the deadline: %s', async (_case, answer) => {
    const server = createServer((_request, response) => answer(response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const client = new DynamoDBClient({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    });

    const reading = queryPage(client, { TableName: 't' }, budgetOf(200));

    await expect(reading).rejects.toThrow(OutOfTimeError);
    server.closeAllConnections();
    server.close();
  });
});
