import type { Readable } from 'node:stream';
import {
  DescribeEndpointsCommand,
  type DynamoDBClient,
  type DynamoDBClientResolvedConfig,
  DynamoDBServiceException,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from '@aws-sdk/client-dynamodb';
import { getEndpointFromInstructions } from '@smithy/core/endpoints';
import { HttpRequest, type HttpResponse, loadJsonRpcErrorCode } from '@smithy/core/protocols';
import { fromJson, toJson } from './attribute-json.ts';
import { createSign, type Sign } from './sigv4.ts';

/**
 * A DynamoDB command that sends its input as plain JSON and returns its output as the JSON that arrived.
 *
 * An SDK command traverses input and output by the service's model, through a dozen middlewares, and twice more for a
 * log that is disabled: most of the CPU time of a bulk write (docs/performance.md). DynamoDB's JSON and the SDK's
 * attribute values have the same form, so this command sends them unchanged. It uses the client's own credentials and
 * their renewal, endpoint rules, and HTTP handler with its connections and timeouts. It corrects clock skew as the
 * SDK does, and throws the SDK's exceptions with all fields that the SDK's retry rules inspect; tests compare the
 * two.
 *
 * It makes one attempt, whatever the client's `maxAttempts`: `drain` and `retrying` are responsible for retries.
 */
export class JsonCommand<Input extends ServiceInputTypes, Output extends ServiceOutputTypes> {
  readonly operation: string;
  readonly input: Input;
  /** Part of the SDK's command interface; this command has no middleware. */
  declare readonly middlewareStack: never;

  constructor(operation: string, input: Input) {
    this.operation = operation;
    this.input = input;
  }

  /** Called by `client.send`. The returned handler bypasses the client's middleware. */
  resolveMiddleware(
    _stack: unknown,
    config: DynamoDBClientResolvedConfig,
    options: { readonly abortSignal?: AbortSignal } = {},
  ) {
    return async (): Promise<{ output: Output; response: HttpResponse }> => {
      const connection = await connectionOf(config);
      const offset = clockOffsets.get(config) ?? 0;
      const at = new Date(Date.now() + offset);
      const request = requestOf(connection, this.operation, toJson(this.input), at);
      const { response } = await config.requestHandler.handle(request, options);
      const text = await textOf(response.body);
      if (response.statusCode >= 300) {
        throw exceptionOf(response, text, hasCorrectedClock(config, offset, response));
      }
      return { output: { ...(fromJson(text) as Output), $metadata: metadataOf(response) }, response };
    };
  }
}

type Credentials = Awaited<ReturnType<DynamoDBClient['config']['credentials']>>;

/** The state that all calls of one client share. */
interface Connection {
  /** Renewed credentials may change the endpoint, which can contain the account's number. */
  readonly credentials: Credentials;
  readonly url: URL;
  readonly sign: Sign;
}

const connections = new WeakMap<DynamoDBClientResolvedConfig, Connection>();

/** As in the SDK, credentials are renewed five minutes before they expire. A Lambda function's own have no expiry. */
const RENEWED_BEFORE_MS = 300_000;

const isFresh = ({ expiration }: Credentials): boolean =>
  expiration === undefined || expiration.getTime() - Date.now() > RENEWED_BEFORE_MS;

const connectionOf = async (config: DynamoDBClientResolvedConfig): Promise<Connection> => {
  const known = connections.get(config);
  if (known !== undefined && isFresh(known.credentials)) return known;
  const credentials = await config.credentials();
  if (known?.credentials === credentials) return known;
  // Resolved for an operation without a resource: tables are identified by name, which does not affect the endpoint.
  const { url, properties } = await getEndpointFromInstructions({}, DescribeEndpointsCommand, config);
  const scheme: { readonly signingRegion?: string } | undefined = properties?.['authSchemes']?.[0];
  const region = scheme?.signingRegion ?? (await config.region());
  const connection = { credentials, url, sign: createSign(credentials, region, 'dynamodb') };
  connections.set(config, connection);
  return connection;
};

const CONTENT_TYPE = 'application/x-amz-json-1.0';

const requestOf = ({ url, sign }: Connection, operation: string, body: string, at: Date): HttpRequest => {
  const path = url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`;
  const headers = {
    'content-type': CONTENT_TYPE,
    host: url.host,
    'x-amz-target': `DynamoDB_20120810.${operation}`,
  };
  return new HttpRequest({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port !== '' && { port: Number(url.port) }),
    path,
    headers: {
      ...headers,
      ...sign({ path, headers, body }, at),
      'content-length': String(Buffer.byteLength(body)),
      'user-agent': 'pigeon-perch-backfill',
    },
    body,
  });
};

/** How far the service's clock is ahead of the system's, in ms, if a response has shown a large skew. */
const clockOffsets = new WeakMap<DynamoDBClientResolvedConfig, number>();

/** Signatures are valid for five minutes; as in the SDK, a skew of four or more is corrected. */
const MAX_SKEW_MS = 240_000;

/**
 * Corrects the clock from the `Date` header of an error response if the skew is too large.
 * @param offset - the offset that the request was signed with; another call may have corrected it since
 * @returns whether the next attempt will be signed with a corrected time
 */
const hasCorrectedClock = (
  config: DynamoDBClientResolvedConfig,
  offset: number,
  { headers }: HttpResponse,
): boolean => {
  const shown = Date.parse(headers['date'] ?? '') - Date.now();
  if (!(Math.abs(shown - offset) >= MAX_SKEW_MS)) return false;
  clockOffsets.set(config, shown);
  return true;
};

const textOf = (body: Readable): Promise<string> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    body.on('data', (chunk: Buffer) => chunks.push(chunk));
    body.on('end', () => resolve(Buffer.concat(chunks).toString()));
    body.on('error', reject);
  });

const metadataOf = ({ statusCode, headers }: HttpResponse) => ({
  httpStatusCode: statusCode,
  ...(headers['x-amzn-requestid'] !== undefined && { requestId: headers['x-amzn-requestid'] }),
});

/** The exception that the SDK would throw. If the body is not JSON (a proxy's error page), only the status is known. */
const exceptionOf = (response: HttpResponse, text: string, clockSkewCorrected: boolean) => {
  let body: { readonly message?: string; readonly Message?: string } = {};
  try {
    body = JSON.parse(text);
  } catch {
    // The exception's name is unknown then.
  }
  return new DynamoDBServiceException({
    name: loadJsonRpcErrorCode(response, body) ?? 'Unknown',
    message: body.message ?? body.Message ?? 'UnknownError',
    $fault: response.statusCode < 500 ? 'client' : 'server',
    $metadata: { ...metadataOf(response), ...(clockSkewCorrected && { clockSkewCorrected }) },
  });
};
