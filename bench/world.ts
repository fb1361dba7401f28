import { join } from 'node:path';
import { localAwsEnv, stopMiniStack } from '#local/ministack.ts';
import { makeKey } from '#local/seed.ts';
import { bringUp, LOCAL, type LocalStack } from '#local/stack.ts';
import { consoleSteps } from '#local/steps.ts';
import { createBulkClient } from '#shared/aws/dynamodb.ts';

/** A stack for the benchmark alone, and an organisation on it. */
export interface World {
  readonly stack: LocalStack;
  readonly orgId: string;
  /** The client that floors are measured with: the SDK's, with as many sockets as the functions have. */
  readonly client: ReturnType<typeof createBulkClient>;
  /** @throws Error where the answer's status is not the expected one */
  call(method: string, path: string, body?: unknown, status?: number): Promise<unknown>;
  stop(): Promise<void>;
}

/** Brings it up. */
export const createWorld = async (): Promise<World> => {
  const stack = await bringUp({ folder: join(LOCAL, `bench-${process.pid}`), steps: consoleSteps });
  process.once('SIGINT', () => stopMiniStack(stack.pid).then(() => process.exit(130)));
  Object.assign(process.env, localAwsEnv(stack.endpoint));
  const { apiKey, organisation } = await makeKey(stack, 'benchmark');
  return {
    stack,
    orgId: organisation.id,
    client: createBulkClient(),
    async call(method, path, body, status = 200) {
      const response = await fetch(`${stack.apiUrl}${path}`, {
        method,
        headers: { 'content-type': 'application/json', 'x-api-key': apiKey },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      if (response.status !== status) {
        throw new Error(`${method} ${path} answered ${response.status}: ${text.slice(0, 300)}`);
      }
      return text === '' ? undefined : JSON.parse(text);
    },
    stop: () => stopMiniStack(stack.pid),
  };
};

/**
 * Stops what consumes the event table's stream. Whatever an import or a bare write stores is counted
 * a moment later, by the engine that the next round is measured on.
 */
export const stopStreamConsumers = async ({ stack }: World): Promise<void> => {
  const url = `${stack.endpoint}/2015-03-31/event-source-mappings`;
  const { EventSourceMappings } = (await (await fetch(`${url}/`)).json()) as {
    EventSourceMappings: { UUID: string; EventSourceArn?: string }[];
  };
  for (const { UUID, EventSourceArn = '' } of EventSourceMappings) {
    if (!EventSourceArn.includes('/stream/')) continue;
    const response = await fetch(`${url}/${UUID}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ Enabled: false }),
    });
    if (!response.ok) throw new Error(`A stream's consumer could not be stopped: ${await response.text()}`);
  }
};

/** An email address of the benchmark's. */
export const emailOf = (nth: number): string => `contact${nth}@example.com`;

/** Creates contacts, a full batch at a time. @returns their ids, by their numbers */
export const createContacts = async (world: World, count: number): Promise<string[]> => {
  const ids: string[] = [];
  for (let from = 0; from < count; from += 10_000) {
    const contacts = Array.from({ length: Math.min(10_000, count - from) }, (_, at) => ({
      email: emailOf(from + at),
    }));
    const answer = (await world.call('POST', '/v1/contacts/batch', { contacts })) as {
      contacts: { contactId: string }[];
    };
    ids.push(...answer.contacts.map(({ contactId }) => contactId));
  }
  return ids;
};
