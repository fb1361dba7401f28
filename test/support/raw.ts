import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { type Answer, testStack } from './api.ts';

/** A request that is sent unchanged: `fetch` would resolve `..` in a path before sending it. */
export interface RawRequest {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends a request without normalising its path. */
export const sendRaw = (path: string, { method, headers, body }: RawRequest): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { hostname, port, pathname } = new URL(testStack().apiUrl);
    const sent = request(
      { hostname, port, path: `${pathname}${path}`, method, headers },
      async (response) => {
        try {
          const answer = await text(response);
          resolve({
            status: response.statusCode ?? 0,
            headers: new Headers(response.headers as Record<string, string>),
            text: answer,
            body: answer === '' ? undefined : JSON.parse(answer),
          });
        } catch (error) {
          reject(error);
        }
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
