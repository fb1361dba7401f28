import { join } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { localAwsEnv, stopMiniStack } from '#local/ministack.ts';
import { makeKey } from '#local/seed.ts';
import { bringUp, LOCAL, type LocalStack } from '#local/stack.ts';
import { consoleSteps } from '#local/steps.ts';
import { createBareClient } from './bare-writes.ts';

/** An organisation of the benchmark's, and who calls for it. */
export interface Caller {
  readonly orgId: string;
  readonly apiKey: string;
  /**
   * @param body - JSON text, or what becomes it
   * @throws Error where the answer's status is not the expected one
   */
  call(method: string, path: string, body?: unknown, status?: number): Promise<unknown>;
}

/** A stack for the benchmark alone. */
export interface World {
  readonly stack: LocalStack;
  /** Where it keeps its files. */
  readonly folder: string;
  /** The cloud assembly that was deployed: the template and the functions' bundles. */
  readonly assembly: string;
  /** The client that floors are measured with. */
  readonly client: DynamoDBClient;
  /** Makes an organisation, so that no path finds another's data. */
  organisation(name: string): Promise<Caller>;
  stop(): Promise<void>;
}

let worlds = 0;

/** Brings it up. What consumes the event table's stream is stopped; see {@link setStreamConsumers}. */
export const createWorld = async (): Promise<World> => {
  const folder = join(LOCAL, `bench-${process.pid}-${++worlds}`);
  const stack = await bringUp({ folder, steps: consoleSteps });
  const interrupted = () => stopMiniStack(stack.pid).then(() => process.exit(130));
  process.once('SIGINT', interrupted);
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
    stop: () => {
      process.off('SIGINT', interrupted);
      return stopMiniStack(stack.pid);
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

/**
 * Starts or stops what consumes the event table's stream. Whatever an import or a bare write stores is counted
 * a moment later, by the engine that the next round is measured on; so it is stopped unless it is what is measured.
 */
export const setStreamConsumers = async (
  { stack }: Pick<World, 'stack'>,
  Enabled: boolean,
): Promise<void> => {
  const url = `${stack.endpoint}/2015-03-31/event-source-mappings`;
  const { EventSourceMappings } = (await (await fetch(`${url}/`)).json()) as {
    EventSourceMappings: { UUID: string; EventSourceArn?: string }[];
  };
  for (const { UUID, EventSourceArn = '' } of EventSourceMappings) {
    if (!EventSourceArn.includes('/stream/')) continue;
    const response = await fetch(`${url}/${UUID}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ Enabled }),
    });
    if (!response.ok) throw new Error(`A stream's consumer could not be set: ${await response.text()}`);
  }
};

/** An email address of the benchmark's. */
export const emailOf = (nth: number): string => `contact${nth}@example.com`;

/** Creates contacts, a full batch at a time. @returns their ids, by their numbers */
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
