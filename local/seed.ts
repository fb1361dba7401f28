import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { type IssuedKey, issueKey } from '#shared/keys/issue-key.ts';
import { createKeyStore } from '#shared/keys/key-store.ts';
import { OUTPUT } from '#shared/runtime/names.ts';
import { localAwsEnv } from './ministack.ts';
import type { LocalStack } from './stack.ts';

/** The requests of the product's documentation, in the order of its migration guide. */
export const SAMPLES = [
  { path: '/v1/contacts/batch', file: 'contacts.json' },
  { path: '/v1/events/email/batch', file: 'email-events.json' },
  { path: '/v1/events/web/batch', file: 'web-events.json' },
  { path: '/v1/contacts/location-interests/batch', file: 'location-interests.json' },
  { path: '/v1/contacts/location-history/batch', file: 'location-history.json' },
] as const;

/** Makes an organisation of that name on the local stack, and a key of it. */
export const makeKey = (
  { endpoint, outputs }: Pick<LocalStack, 'endpoint' | 'outputs'>,
  name: string,
): Promise<IssuedKey> => {
  Object.assign(process.env, localAwsEnv(endpoint));
  const keys = createKeyStore(createDynamoClient(), outputs[OUTPUT.keysTable] as string);
  // The local stage has no usage plan; see usagePlan in infra/stage-settings.ts.
  return issueKey({ keys, now: Date.now, registerUsage: async () => {} }, name, 'local');
};

/**
 * Imports one sample.
 * @returns the answer's body
 * @throws Error where the answer is no success
 */
export const importSample = async (
  apiUrl: string,
  apiKey: string,
  { path, file }: (typeof SAMPLES)[number],
): Promise<unknown> => {
  const response = await fetch(`${apiUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': apiKey },
    body: await readFile(join(import.meta.dirname, 'sample', file)),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${path} answered ${response.status}: ${text}`);
  return JSON.parse(text);
};
