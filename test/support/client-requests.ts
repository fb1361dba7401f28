import { type AcceptDeps, createAccept } from '#functions/clients/accept/handler.ts';
import type { Accepted } from '#shared/clients/accepted.ts';
import type { ApiRequest } from '#shared/http/api.ts';
import { newApiKey } from '#shared/keys/api-key.ts';
import { OutOfTimeError } from '#shared/time/out-of-time.ts';
import { aRequest, fixedClock, ORG } from './builders.ts';

/** The key of {@link aClientStage}'s organisation. */
export const CLIENT_KEY = newApiKey();

/** The header of a client that sends the key as the user of Basic authentication. */
export const basic = (key = CLIENT_KEY): string => `Basic ${Buffer.from(`${key}:`).toString('base64')}`;

/** A request of a vendor's client. */
export const aCall = (
  path: string,
  body: unknown,
  { headers, ...overrides }: Partial<ApiRequest> = {},
): ApiRequest =>
  aRequest({
    orgId: '',
    route: '/{proxy+}',
    path,
    pathParameters: { proxy: path.slice(1) },
    headers: { authorization: basic(), ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...overrides,
  });

/** The function that takes in messages, with a queue in memory. */
export const aClientStage = (options: { readonly wait?: number; readonly isQueueDown?: boolean } = {}) => {
  const sent: Accepted[][] = [];
  const deps: AcceptDeps = {
    ownerOf: async (apiKey) => (apiKey === CLIENT_KEY ? { orgId: ORG, keyId: 'key_1' } : undefined),
    throttle: async () => options.wait,
    queue: {
      sendAll: async (records) => {
        if (options.isQueueDown) throw new OutOfTimeError('1 messages could not be sent in time');
        sent.push([...records]);
      },
    },
    now: fixedClock,
  };
  const messages = (): unknown[] =>
    sent.flat().flatMap((record) => record.messages.map((text) => JSON.parse(text)));
  return { accept: createAccept(deps), sent, messages };
};
