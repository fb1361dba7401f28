import { makeKey } from '#local/seed.ts';
import type { LocalStack } from '#local/stack.ts';
import { undocumentedParts } from './contract.ts';

/** The stack of this run; see stack-setup.ts. */
export const testStack = (): LocalStack => JSON.parse(process.env['TEST_STACK'] ?? 'null');

/** A response whose body is read completely. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}

/** An organisation that belongs to one test, and its client of the API. */
export interface TestOrg {
  readonly orgId: string;
  readonly apiKey: string;
  get(path: string): Promise<Answer>;
  post(path: string, body: unknown): Promise<Answer>;
  put(path: string, body: unknown): Promise<Answer>;
  delete(path: string): Promise<Answer>;
  /** Sends any request; the body is sent as it is. */
  send(path: string, init: RequestInit): Promise<Answer>;
}

/**
 * Sends a request to the API as it is, without a key.
 * @throws Error if the answer is not as the OpenAPI document describes it
 */
export const send = async (path: string, init: RequestInit = {}): Promise<Answer> => {
  const response = await fetch(`${testStack().apiUrl}${path}`, init);
  const text = await response.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  const answer = { status: response.status, headers: response.headers, text, body };
  const undocumented = undocumentedParts(init.method ?? 'GET', path, answer);
  if (undocumented.length > 0)
    throw new Error(
      `${init.method ?? 'GET'} ${path} answered ${text}, without documenting ${undocumented.join(', ')}`,
    );
  return answer;
};

let made = 0;

/** A new organisation with a key. Tests with separate organisations cannot disturb each other. */
export const newOrg = async (): Promise<TestOrg> => {
  made += 1;
  const name = `test ${process.pid} ${Date.now()} ${made}`;
  const { apiKey, organisation } = await makeKey(testStack(), name);
  const as = (method: string) => (path: string, body?: unknown) =>
    send(path, {
      method,
      headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  return {
    orgId: organisation.id,
    apiKey,
    get: as('GET'),
    post: as('POST'),
    put: as('PUT'),
    delete: as('DELETE'),
    send: (path, init) => send(path, { ...init, headers: { 'x-api-key': apiKey, ...init.headers } }),
  };
};
