import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A key or an item in DynamoDB's JSON. */
type Named = Record<string, { readonly S?: string } | undefined>;

interface BatchGet {
  readonly RequestItems: Record<string, { readonly Keys: readonly Named[] }>;
}

interface BatchWrite {
  readonly RequestItems: Record<string, readonly { readonly PutRequest?: { readonly Item: Named } }[]>;
}

/** The result of {@link countWritten}: the number of distinct items that were written to each table. */
export type WrittenByTable = Readonly<Record<string, number>>;

/** Batch writes that are not counted yet. They are parsed only when counted, so that writes are answered immediately. */
const writes: string[] = [];

/** Answers as if every item existed and consisted of its key and, for identities, the contact with its id. */
const answerBatchGet = (body: string): string => {
  const { RequestItems } = JSON.parse(body) as BatchGet;
  const Responses = Object.fromEntries(
    Object.entries(RequestItems).map(([table, { Keys }]) => [
      table,
      Keys.map((key) => ({ ...key, c: key['sk'] })),
    ]),
  );
  return JSON.stringify({ Responses, UnprocessedKeys: {} });
};

const answerTo = (operation: string, body: string): string => {
  if (operation === 'BatchGetItem') return answerBatchGet(body);
  if (operation !== 'BatchWriteItem') return '{}';
  writes.push(body);
  return '{"UnprocessedItems":{}}';
};

const countWritten = (): WrittenByTable => {
  const keys = new Map<string, Set<string>>();
  for (const body of writes.splice(0)) {
    for (const [table, requests] of Object.entries((JSON.parse(body) as BatchWrite).RequestItems)) {
      const ofTable = keys.get(table) ?? new Set();
      keys.set(table, ofTable);
      for (const { PutRequest } of requests) {
        ofTable.add(`${PutRequest?.Item['pk']?.S} ${PutRequest?.Item['sk']?.S}`);
      }
    }
  }
  return Object.fromEntries([...keys].map(([table, { size }]) => [table, size]));
};

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
};

/** A DynamoDB endpoint that accepts everything and stores nothing. The message `url` returns its URL, `written` the counts. */
const server = createServer(async (request, response) => {
  const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
  const answer = answerTo(operation, await bodyOf(request));
  response.writeHead(200, {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': Buffer.byteLength(answer),
  });
  response.end(answer);
});
// Between two rounds a connection may be idle for longer than the default of five seconds.
server.keepAliveTimeout = 0;
const listening = once(server.listen(0, '127.0.0.1'), 'listening');

process.on('message', async (question) => {
  await listening;
  const { port } = server.address() as AddressInfo;
  process.send?.(question === 'url' ? `http://127.0.0.1:${port}` : countWritten());
});
process.on('disconnect', () => process.exit());
