import { join } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LOCAL } from '#local/folders.ts';
import { listenForInterrupts } from '#local/interrupts.ts';
import { localAwsEnv } from '#local/ministack.ts';
import { endGroup } from '#local/processes.ts';
import { makeKey } from '#local/seed.ts';
import { bringUp, type LocalStack } from '#local/stack.ts';
import { consoleSteps } from '#local/steps.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { createBareClient } from './bare-writes.ts';

/** An organisation of the benchmark and its API client. */
export interface Caller {
  readonly orgId: string;
  readonly apiKey: string;
  /**
   * @param body - JSON text, or a value to serialise
   * @param status - the expected status. @default 200
   * @throws Error if the answer has another status
   */
  call(method: string, path: string, body?: unknown, status?: number): Promise<unknown>;
}

/** A stack for the benchmark. */
export interface World {
  readonly stack: LocalStack;
  /** The folder of its files. */
  readonly folder: string;
  /** The cloud assembly that was deployed: the template and the functions' bundles. */
  readonly assembly: string;
  /** The client for measuring floors. */
  readonly client: DynamoDBClient;
  /** Creates an organisation, so that the data of paths is separate. */
  organisation(name: string): Promise<Caller>;
  stop(): Promise<void>;
}

let worlds = 0;

/** Starts a stack with stopped consumers of the event table's stream; see {@link setStreamConsumers}. */
export const createWorld = async (): Promise<World> => {
  const folder = join(LOCAL, `bench-${process.pid}-${++worlds}`);
  const interrupts = listenForInterrupts();
  const { signal } = interrupts;
  const stack = await bringUp({ folder, steps: consoleSteps, signal });
  signal.addEventListener('abort', () => endGroup(stack).then(() => process.exit(signal.reason.exitCode)));
  Object.assign(process.env, localAwsEnv(stack.endpoint));
  const world: World = {
    stack,
    folder,
    assembly: join(folder, 'cdk.out'),
    client: createBareClient(),
    organisation: async (name) => {
      const { apiKey, organisation } = await makeKey(stack, name);
      return { orgId: organisation.id, apiKey, call: callWith(stack.apiUrl, apiKey) };
    },
    stop: async () => {
      interrupts.stop();
      await endGroup(stack);
    },
  };
  await setStreamConsumers(world, false);
  return world;
};

const callWith =
  (apiUrl: string, apiKey: string): Caller['call'] =>
  async (method, path, body, status = 200) => {
    const response = await fetch(`${apiUrl}${path}`, {
      method,
      headers: { 'content-type': 'application/json', 'x-api-key': apiKey },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status !== status) {
      throw new Error(`${method} ${path} answered ${response.status}: ${text.slice(0, 300)}`);
    }
    return text === '' ? undefined : JSON.parse(text);
  };

/** Starts or stops the consumers of sources, by the ARNs of these. */
const setConsumers = async (
  { stack }: Pick<World, 'stack'>,
  isMeant: (sourceArn: string) => boolean,
  Enabled: boolean,
): Promise<void> => {
  const url = `${stack.endpoint}/2015-03-31/event-source-mappings`;
  const { EventSourceMappings } = (await (await fetch(`${url}/`)).json()) as {
    EventSourceMappings: { UUID: string; EventSourceArn?: string }[];
  };
  for (const { UUID, EventSourceArn = '' } of EventSourceMappings) {
    if (!isMeant(EventSourceArn)) continue;
    const response = await fetch(`${url}/${UUID}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ Enabled }),
    });
    if (!response.ok) throw new Error(`A consumer could not be started or stopped: ${await response.text()}`);
  }
};

/**
 * Starts or stops the consumers of the event table's stream. They process stored events a moment later, which would disturb
 * the next round on the same engine; so they run only when they are measured.
 */
export const setStreamConsumers = (world: Pick<World, 'stack'>, enabled: boolean): Promise<void> =>
  setConsumers(world, (arn) => arn.includes('/stream/'), enabled);

/** Starts or stops the function that imports the messages of vendors' clients from their queue. */
export const setCollector = (world: Pick<World, 'stack'>, enabled: boolean): Promise<void> => {
  const queue = world.stack.outputs[OUTPUT.messageQueueUrl]?.split('/').at(-1);
  return setConsumers(world, (arn) => arn.split(':').at(-1) === queue, enabled);
};

/** The email address of the nth contact. */
export const emailOf = (nth: number): string => `contact${nth}@example.com`;

/** Creates contacts in full batches. @returns their ids, in the order of their numbers */
export const createContacts = async ({ call }: Caller, count: number): Promise<string[]> => {
  const ids: string[] = [];
  for (let from = 0; from < count; from += 10_000) {
    const contacts = Array.from({ length: Math.min(10_000, count - from) }, (_, at) => ({
      email: emailOf(from + at),
    }));
    const answer = (await call('POST', '/v1/contacts/batch', { contacts })) as {
      contacts: { contactId: string }[];
    };
    ids.push(...answer.contacts.map(({ contactId }) => contactId));
  }
  return ids;
};
