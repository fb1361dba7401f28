import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

/** What goes wrong with one call to DynamoDB or SQS. */
export type Fault =
  /** The service is broken, and says so: 500 or 503. */
  | 'server-error'
  /** The service says "slower". */
  | 'throttle'
  /** The connection breaks before the call arrives. */
  | 'reset-before'
  /** The call is carried out, and its answer is lost. */
  | 'reset-after'
  /** No answer ever comes, and nothing is carried out. */
  | 'hang'
  /** Part of a batch is not carried out, and the answer says which part. */
  | 'partial'
  /** A Query's page that says that another follows, however many were read. */
  | 'endless';

/** A call to DynamoDB or SQS, as the proxy sees it. */
export interface ServiceCall {
  /** Such as `BatchWriteItem`. */
  readonly operation: string;
  /** The call's JSON text: names tables, and the organisation in its keys. */
  readonly body: string;
}

/** Chooses a call's fault; undefined lets it pass. */
export type FaultPlan = (call: ServiceCall, random: () => number) => Fault | undefined;

/** An HTTP proxy in front of DynamoDB and SQS, on which calls fail as planned. */
export interface FaultProxy {
  readonly endpoint: string;
  /** Plans faults for the calls that name an organisation; the plan before ends. */
  plan(orgId: string, plan: FaultPlan): void;
  /** How many calls of an organisation went wrong so far. */
  faultsOf(orgId: string): number;
  /** Ends it, and every connection with it. */
  close(): Promise<void>;
}

/** Numbers from 0 to 1 that follow from the seed (mulberry32). */
export const seededRandom = (seed: number) => {
  let state = seed;
  return (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const THROTTLES = ['ProvisionedThroughputExceededException', 'ThrottlingException', 'RequestLimitExceeded'];

const answerJson = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
};

const pick = <T>(options: readonly T[], random: () => number): T =>
  options[Math.floor(random() * options.length)] as T;

/** Cuts a list in two; the first part is not empty, as DynamoDB has it. */
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

/** Carries out part of a batch, and answers as DynamoDB does then; undefined where the operation is no batch. */
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

  async BatchExecuteStatement(call, forward, random) {
    const { Statements } = JSON.parse(call) as { Statements: unknown[] };
    const [done] = cut(Statements, random);
    const { body } = await forward(JSON.stringify({ Statements: done }));
    const { Responses } = JSON.parse(body) as { Responses: unknown[] };
    const slower = { Error: { Code: 'ThrottlingError', Message: 'Slower' } };
    return {
      Responses: Statements.map((one) => (done.includes(one) ? Responses[done.indexOf(one)] : slower)),
    };
  },

  async SendMessageBatch(call, forward, random) {
    const { Entries, ...queue } = JSON.parse(call) as { Entries: { Id: string }[] };
    const [done, left] = cut(Entries, random);
    const { body } = await forward(JSON.stringify({ ...queue, Entries: done }));
    const Failed = left.map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false }));
    return { ...JSON.parse(body), Failed };
  },
};

/** Carries out a Query, and says that another page follows. */
const endlessPage: Rewrite = async (call, forward) => {
  const { ExclusiveStartKey } = JSON.parse(call) as { ExclusiveStartKey?: unknown };
  const page = JSON.parse((await forward(call)).body) as { Items?: { pk: unknown; sk: unknown }[] };
  const last = page.Items?.at(-1);
  return { ...page, LastEvaluatedKey: last === undefined ? ExclusiveStartKey : { pk: last.pk, sk: last.sk } };
};

/** What carries a call out otherwise than it was meant; undefined where it passes or does not answer. */
const rewriteOf = (fault: Fault | undefined, operation: string): Rewrite | undefined => {
  if (fault === 'endless') return endlessPage;
  return fault === 'partial' ? PARTIAL[operation] : undefined;
};

const throttleOf = (service: string | undefined, random: () => number): string =>
  service === 'AmazonSQS'
    ? 'com.amazonaws.sqs#RequestThrottled'
    : `com.amazonaws.dynamodb.v20120810#${pick(THROTTLES, random)}`;

/**
 * Starts a proxy on a free port of 127.0.0.1. Calls pass unless a plan says otherwise.
 *
 * @param target - where DynamoDB and SQS answer
 * @param seed - of the dice, so that a run can be had again
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
    if (fault === 'hang') return;
    if (fault === 'reset-before') {
      request.socket.destroy();
    } else if (fault === 'server-error') {
      const status = pick([500, 503], random);
      answerJson(response, status, { __type: status === 500 ? 'InternalServerError' : 'ServiceUnavailable' });
    } else if (fault === 'throttle') {
      answerJson(response, 400, { __type: throttleOf(service, random), message: 'Slower' });
    } else if (rewrite !== undefined) {
      answerJson(response, 200, await rewrite(call.body, forward, random));
    } else {
      const answer = await forward(call.body);
      if (fault === 'reset-after') request.socket.destroy();
      else answerJson(response, answer.status, JSON.parse(answer.body));
    }
  };

  const server: Server = createServer((request, response) => {
    // What the proxy itself cannot do looks like a broken connection.
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
