import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

/** A fault in one call to DynamoDB or SQS. */
export type Fault =
  /** The service answers 500 or 503. */
  | 'server-error'
  /** The service throttles the call. */
  | 'throttle'
  /** The connection breaks before the call arrives. */
  | 'reset-before'
  /** The call is executed, but its answer is lost. */
  | 'reset-after'
  /** The call is neither executed nor answered. */
  | 'hang'
  /** Part of a batch is not processed, as the answer reports. */
  | 'partial'
  /** Every page of a Query reports a further page. */
  | 'endless'
  /** A transaction, or a write while there is one, is rejected because an item is part of another transaction. */
  | 'conflict';

/** A call to DynamoDB or SQS. */
export interface ServiceCall {
  /** For example `BatchWriteItem`. */
  readonly operation: string;
  /** The call's JSON text, which contains table names and, in keys, the organisation. */
  readonly body: string;
}

/** Chooses the fault of a call; undefined passes the call through. */
export type FaultPlan = (call: ServiceCall, random: () => number) => Fault | undefined;

/** An HTTP proxy in front of DynamoDB and SQS that injects planned faults. */
export interface FaultProxy {
  readonly endpoint: string;
  /** Plans faults for the calls that name an organisation; replaces its previous plan. */
  plan(orgId: string, plan: FaultPlan): void;
  /** The number of faults injected into an organisation's calls so far. */
  faultsOf(orgId: string): number;
  /** Stops the proxy and closes all connections. */
  close(): Promise<void>;
}

/** Pseudo-random numbers from 0 to 1, determined by the seed (mulberry32). */
export const seededRandom = (seed: number) => {
  let state = seed;
  return (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const DYNAMODB = 'com.amazonaws.dynamodb.v20120810';

const THROTTLES = ['ProvisionedThroughputExceededException', 'ThrottlingException', 'RequestLimitExceeded'];

const answerJson = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
};

const pick = <T>(options: readonly T[], random: () => number): T =>
  options[Math.floor(random() * options.length)] as T;

/** Splits a list in two; the first part is not empty, as with DynamoDB. */
const cut = <T>(list: readonly T[], random: () => number): [T[], T[]] => {
  const done: T[] = [];
  const left: T[] = [];
  for (const one of list) (done.length === 0 || random() < 0.6 ? done : left).push(one);
  return [done, left];
};

type Tables<T> = Record<string, T>;
type Keys = { readonly Keys: readonly unknown[] };
type Forward = (body: string) => Promise<{ readonly status: number; readonly body: string }>;

type Rewrite = (call: string, forward: Forward, random: () => number) => Promise<unknown>;

/** Executes part of a batch and answers as the service does in that case; no entry for operations that are not batches. */
const PARTIAL: Record<string, Rewrite> = {
  async BatchWriteItem(call, forward, random) {
    const { RequestItems } = JSON.parse(call) as { RequestItems: Tables<unknown[]> };
    const done: Tables<unknown[]> = {};
    const left: Tables<unknown[]> = {};
    for (const [table, requests] of Object.entries(RequestItems)) {
      const [first, rest] = cut(requests, random);
      done[table] = first;
      if (rest.length > 0) left[table] = rest;
    }
    const { body } = await forward(JSON.stringify({ RequestItems: done }));
    return { ...JSON.parse(body), UnprocessedItems: left };
  },

  async BatchGetItem(call, forward, random) {
    const { RequestItems } = JSON.parse(call) as { RequestItems: Tables<Keys> };
    const done: Tables<Keys> = {};
    const left: Tables<Keys> = {};
    for (const [table, { Keys, ...how }] of Object.entries(RequestItems)) {
      const [first, rest] = cut(Keys, random);
      done[table] = { ...how, Keys: first };
      if (rest.length > 0) left[table] = { ...how, Keys: rest };
    }
    const { body } = await forward(JSON.stringify({ RequestItems: done }));
    return { ...JSON.parse(body), UnprocessedKeys: left };
  },

  async SendMessageBatch(call, forward, random) {
    const { Entries, ...queue } = JSON.parse(call) as { Entries: { Id: string }[] };
    const [done, left] = cut(Entries, random);
    const { body } = await forward(JSON.stringify({ ...queue, Entries: done }));
    const Failed = left.map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false }));
    return { ...JSON.parse(body), Failed };
  },
};

/** Executes a Query and reports a further page. */
const endlessPage: Rewrite = async (call, forward) => {
  const { ExclusiveStartKey } = JSON.parse(call) as { ExclusiveStartKey?: unknown };
  const page = JSON.parse((await forward(call)).body) as { Items?: { pk: unknown; sk: unknown }[] };
  const last = page.Items?.at(-1);
  return { ...page, LastEvaluatedKey: last === undefined ? ExclusiveStartKey : { pk: last.pk, sk: last.sk } };
};

/** Source: API reference, TransactionCanceledException, "Cancellation reason codes and possible error messages". */
const ONGOING = 'Transaction is ongoing for the item';

/** The answer to a write of an item that a transaction holds. */
const heldItem = () => ({ __type: `${DYNAMODB}#TransactionConflictException`, message: ONGOING });

/** The answer to a transaction over such an item: a reason for each action, `None` for those that are not the cause. */
const cancelledTransaction = (call: string, random: () => number) => {
  const { TransactItems } = JSON.parse(call) as { TransactItems: unknown[] };
  const [held] = cut(TransactItems, random);
  const CancellationReasons = TransactItems.map((one) =>
    held.includes(one) ? { Code: 'TransactionConflict', Message: ONGOING } : { Code: 'None' },
  );
  const codes = CancellationReasons.map(({ Code }) => Code).join(', ');
  return {
    __type: `${DYNAMODB}#TransactionCanceledException`,
    CancellationReasons,
    Message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
  };
};

/** The bodies of answers with status 400 to calls that DynamoDB rejects because of a transaction. */
const CONFLICTS: Record<string, (call: string, random: () => number) => object> = {
  PutItem: heldItem,
  UpdateItem: heldItem,
  DeleteItem: heldItem,
  TransactWriteItems: cancelledTransaction,
};

/** Whether a fault can happen to a call of this operation. */
export const canHappen = (fault: Fault, operation: string): boolean => {
  if (fault === 'partial') return operation in PARTIAL;
  if (fault === 'endless') return operation === 'Query';
  return fault !== 'conflict' || operation in CONFLICTS;
};

/** The function that executes a call differently than requested; undefined if the fault needs none. */
const rewriteOf = (fault: Fault | undefined, operation: string): Rewrite | undefined => {
  if (fault === 'endless') return endlessPage;
  return fault === 'partial' ? PARTIAL[operation] : undefined;
};

const throttleOf = (service: string | undefined, random: () => number): string =>
  service === 'AmazonSQS' ? 'com.amazonaws.sqs#RequestThrottled' : `${DYNAMODB}#${pick(THROTTLES, random)}`;

/** The answer of a service that does not execute the call; undefined for other faults. */
const rejectionOf = (
  fault: Fault | undefined,
  service: string | undefined,
  { operation, body }: ServiceCall,
  random: () => number,
): { readonly status: number; readonly body: object } | undefined => {
  if (fault === 'server-error') {
    const status = pick([500, 503], random);
    return { status, body: { __type: status === 500 ? 'InternalServerError' : 'ServiceUnavailable' } };
  }
  if (fault === 'throttle') {
    return { status: 400, body: { __type: throttleOf(service, random), message: 'Slower' } };
  }
  const conflict = fault === 'conflict' ? CONFLICTS[operation] : undefined;
  return conflict && { status: 400, body: conflict(body, random) };
};

/**
 * Starts a proxy on a free port of 127.0.0.1. Calls without a planned fault are passed through.
 *
 * @param target - the endpoint of DynamoDB and SQS
 * @param seed - of the random numbers, so that a run can be repeated
 */
export const startFaultProxy = async (target: string, seed: number): Promise<FaultProxy> => {
  const random = seededRandom(seed);
  const plans = new Map<string, FaultPlan>();
  const faults = new Map<string, number>();

  const faultOf = (call: ServiceCall): Fault | undefined => {
    for (const [orgId, plan] of plans) {
      if (!call.body.includes(orgId)) continue;
      const fault = plan(call, random);
      if (fault !== undefined) faults.set(orgId, (faults.get(orgId) ?? 0) + 1);
      return fault;
    }
    return undefined;
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [service, operation = ''] = String(request.headers['x-amz-target']).split('.');
    const call = { operation, body: await text(request) };
    const forward: Forward = async (body) => {
      const answer = await fetch(target, {
        method: 'POST',
        headers: {
          'content-type': String(request.headers['content-type']),
          'x-amz-target': String(request.headers['x-amz-target']),
          authorization: String(request.headers.authorization),
        },
        body,
      });
      return { status: answer.status, body: await answer.text() };
    };

    const fault = faultOf(call);
    const rewrite = rewriteOf(fault, operation);
    const rejection = rejectionOf(fault, service, call, random);
    if (fault === 'hang') return;
    if (fault === 'reset-before') {
      request.socket.destroy();
    } else if (rejection !== undefined) {
      answerJson(response, rejection.status, rejection.body);
    } else if (rewrite !== undefined) {
      answerJson(response, 200, await rewrite(call.body, forward, random));
    } else {
      const answer = await forward(call.body);
      if (fault === 'reset-after') request.socket.destroy();
      else answerJson(response, answer.status, JSON.parse(answer.body));
    }
  };

  const server: Server = createServer((request, response) => {
    // A failure of the proxy itself appears as a broken connection.
    handle(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    plan: (orgId, plan) => {
      plans.set(orgId, plan);
    },
    faultsOf: (orgId) => faults.get(orgId) ?? 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
