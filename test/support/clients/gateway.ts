import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { createServer, request as httpsRequest } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import pMap from 'p-map';
import { localCertificate } from './certificate.ts';

/** A request as it was received. */
export interface Received {
  readonly method: string;
  /** The path behind the API's base, as it was sent, with the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** An answer to a request. */
export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A request, and the reply once there is one. */
export interface Exchange extends Received {
  reply?: Reply;
}

/** What the gateway does with a request instead of passing it on. */
export type GatewayFault =
  /** It answers itself, with `Retry-After: 1` unless the request can never succeed. */
  | 400
  | 401
  | 429
  | 503
  /** It passes the request on, and the connection breaks before the answer. */
  | 'lost answer';

/**
 * API Gateway as clients see it: HTTPS, the API at `/api`, gzip bodies unpacked, which MiniStack does not do. It records what it
 * receives and can be told to fail.
 */
export interface Gateway {
  /** The API's base, without a slash at its end. */
  readonly url: string;
  /** The path of the file with the certificate of the authority that the gateway's own is signed by. */
  readonly certificate: string;
  /** All requests that it received, in order, those that it failed as well. */
  readonly exchanges: readonly Exchange[];
  /** Fails the next requests, one fault each. */
  fail(...faults: readonly GatewayFault[]): void;
  /** Sends a recorded request once more, byte by byte. */
  resend(request: Received): Promise<Reply>;
  /** Sends all requests that it received once more. */
  resendAll(): Promise<void>;
  close(): Promise<void>;
}

const BASE = '/api';

/** Headers of a connection, which a proxy makes itself. Source: RFC 9110, 7.6.1. */
const OF_THE_CONNECTION = ['connection', 'keep-alive', 'transfer-encoding', 'host', 'content-length'];

const send = (url: string, { method, headers, body }: Omit<Received, 'path'>, ca?: Buffer): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const kept = Object.entries(headers).filter(([name]) => !OF_THE_CONNECTION.includes(name));
    const start = url.startsWith('https:') ? httpsRequest : httpRequest;
    const outgoing = start(
      url,
      {
        method,
        headers: { ...Object.fromEntries(kept), 'content-length': String(body.length) },
        agent: false,
        ...(ca && { ca }),
      },
      (answer) => {
        buffer(answer).then(
          (bytes) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: bytes }),
          reject,
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });

/** As API Gateway does. Source: its Developer Guide, "Payload compression for REST APIs". */
const unpacked = (request: Received): Received => ({ ...request, body: bodyOf(request) });

/** The body of a request as its sender meant it. */
export const bodyOf = ({ headers, body }: Received): Buffer =>
  headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;

const jsonReply = (status: number, body: object, headers: IncomingHttpHeaders = {}): Reply => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: Buffer.from(JSON.stringify(body)),
});

/** An error, as every client can read it. */
const failureOf = (status: Exclude<GatewayFault, string>): Reply =>
  jsonReply(
    status,
    { code: 'failed', message: 'Failed', meta: { error: 'Failed' } },
    status === 429 || status === 503 ? { 'retry-after': '1' } : {},
  );

/**
 * Starts a gateway on a free port of localhost.
 * @param apiUrl - where it passes requests on to; without it, it answers each itself with 200
 */
export const startGateway = async (apiUrl?: string): Promise<Gateway> => {
  const { authority, ca, key, cert } = await localCertificate();
  const exchanges: Exchange[] = [];
  const faults: GatewayFault[] = [];

  const pass = async (request: Received): Promise<Reply> =>
    apiUrl === undefined
      ? jsonReply(200, { success: true })
      : send(`${apiUrl}${request.path}`, unpacked(request));

  /** @returns undefined if the answer is lost */
  const replyTo = async (url: string, request: Received): Promise<Reply | undefined> => {
    if (!url.startsWith(`${BASE}/`)) return jsonReply(403, { message: 'Missing Authentication Token' });
    const exchange: Exchange = { ...request };
    exchanges.push(exchange);
    const fault = faults.shift();
    if (typeof fault === 'number') return failureOf(fault);
    exchange.reply = await pass(request);
    return fault === undefined ? exchange.reply : undefined;
  };

  const server = createServer({ key, cert }, async (incoming, outgoing) => {
    try {
      const { url = '', method = '', headers } = incoming;
      const path = url.slice(BASE.length);
      const reply = await replyTo(url, { method, path, headers, body: await buffer(incoming) });
      if (reply === undefined) {
        incoming.socket.destroy();
        return;
      }
      const kept = Object.entries(reply.headers).filter(([name]) => !OF_THE_CONNECTION.includes(name));
      outgoing.writeHead(reply.status, Object.fromEntries(kept)).end(reply.body);
    } catch {
      // A failure of the gateway itself appears as a broken connection.
      incoming.socket.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The gateway has no port');
  const url = `https://localhost:${address.port}${BASE}`;

  const resend: Gateway['resend'] = ({ path, ...request }) => send(`${url}${path}`, request, ca);

  return {
    url,
    certificate: authority,
    exchanges,
    fail: (...more) => {
      faults.push(...more);
    },
    resend,
    resendAll: async () => {
      await pMap([...exchanges], resend, { concurrency: 8 });
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
