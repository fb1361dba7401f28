import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { type IssuedKey, issueKey } from '#shared/keys/issue-key.ts';
import { createKeyStore } from '#shared/keys/key-store.ts';
import { localAwsEnv } from './ministack.ts';
import type { LocalStack } from './stack.ts';

/** The sample requests of the product's documentation, in the order of its migration guide. */
export const SAMPLES = [
  { path: '/v1/contacts/batch', file: 'contacts.json' },
  { path: '/v1/events/email/batch', file: 'email-events.json' },
  { path: '/v1/events/web/batch', file: 'web-events.json' },
  { path: '/v1/contacts/location-interests/batch', file: 'location-interests.json' },
  { path: '/v1/contacts/location-history/batch', file: 'location-history.json' },
] as const;

/** Creates an organisation with that name on the local stack, and an API key for it. */
export const makeKey = (
  { endpoint, outputs }: Pick<LocalStack, 'endpoint' | 'outputs'>,
  name: string,
): Promise<IssuedKey> => {
  Object.assign(process.env, localAwsEnv(endpoint));
  const keys = createKeyStore(createDynamoClient(), outputs[OUTPUT.keysTable] as string);
  // The local stage has no usage plan; see usagePlan in infra/stage-settings.ts.
  return issueKey({ keys, now: Date.now, registerUsage: async () => {} }, name, 'local');
};

/** Calls the API and returns the parsed body; rejects if the response is not a success. */
export type Call = (method: string, path: string, body?: string) => Promise<unknown>;

/** Creates a {@link Call} that uses the API key. @param signal - aborts calls, which reject with its reason */
export const caller =
  (apiUrl: string, apiKey: string, signal: AbortSignal | null = null): Call =>
  async (method, path, body) => {
    const response = await fetch(`${apiUrl}${path}`, {
      method,
      signal,
      headers: { 'content-type': 'application/json', 'x-api-key': apiKey },
      ...(body !== undefined && { body }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} returned ${response.status}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };

const sampleFile = (file: string): Promise<string> =>
  readFile(join(import.meta.dirname, 'sample', file), 'utf8');

/**
 * Imports one sample.
 * @returns the response's body
 */
export const importSample = async (call: Call, { path, file }: (typeof SAMPLES)[number]): Promise<unknown> =>
  call('POST', path, await sampleFile(file));

/** Defines the sample's segments. @returns their names */
export const defineSegments = async (call: Call): Promise<string[]> => {
  const segments = JSON.parse(await sampleFile('segments.json')) as { name: string }[];
  for (const segment of segments) await call('POST', '/v1/segments', JSON.stringify(segment));
  return segments.map(({ name }) => name);
};

/** A refresh of two contacts takes a second or two; after this time it is considered stuck. */
const REFRESH_MS = 60_000;

/**
 * Refreshes all contacts that imports have affected, and waits for completion.
 * @throws Error if the refresh fails or does not end in time
 */
export const refreshAffected = async (call: Call): Promise<void> => {
  const { refreshId } = (await call('POST', '/v1/contacts/backfill/refresh', '{"affected": true}')) as {
    refreshId: string;
  };
  const deadline = Date.now() + REFRESH_MS;
  for (;;) {
    const progress = (await call('GET', `/v1/contacts/backfill/refresh/${refreshId}`)) as { status: string };
    if (progress.status === 'completed') return;
    if (progress.status === 'failed' || Date.now() > deadline) {
      throw new Error(`The refresh did not complete: ${JSON.stringify(progress)}`);
    }
    await sleep(200);
  }
};
