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
 * A call of DynamoDB whose input is sent as the JSON that it is, and whose output is the JSON that came.
 *
 * An SDK command walks its input and its output along the service's model, through a dozen middlewares, twice more for
 * a log that nobody reads: most of a bulk write's CPU (docs/performance.md). DynamoDB's JSON and the SDK's attribute values
 * are the same thing, so this sends them as they are. What makes the SDK sound is kept, as the client has it: credentials and
 * their renewal, endpoint rules, the HTTP handler with its connections and time-outs. It corrects a wrong clock as the SDK does,
 * and throws the SDK's exceptions, with what the SDK's retry rules look at; tests set both side by side.
 *
 * It makes one attempt, whatever the client's `maxAttempts`: retries are `drain`'s and `retrying`'s.
 */
export class JsonCommand<Input extends ServiceInputTypes, Output extends ServiceOutputTypes> {
  readonly operation: string;
  readonly input: Input;
  /** A command's own middleware, of which there is none. */
  declare readonly middlewareStack: never;

  constructor(operation: string, input: Input) {
    this.operation = operation;
    this.input = input;
  }

  /** What `client.send` asks a command for: here, a handler that leaves the client's middleware out. */
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

/** What calls of one client share. */
interface Connection {
  /** Renewed ones are others, and may lead elsewhere: an endpoint can have the account's number in it. */
  readonly credentials: Credentials;
  readonly url: URL;
  readonly sign: Sign;
}

const connections = new WeakMap<DynamoDBClientResolvedConfig, Connection>();

/** The SDK, too, asks for new credentials from five minutes before the old ones expire. Those of a Lambda's environment never do. */
const RENEWED_BEFORE_MS = 300_000;

const isFresh = ({ expiration }: Credentials): boolean =>
  expiration === undefined || expiration.getTime() - Date.now() > RENEWED_BEFORE_MS;

const connectionOf = async (config: DynamoDBClientResolvedConfig): Promise<Connection> => {
  const known = connections.get(config);
  if (known !== undefined && isFresh(known.credentials)) return known;
  const credentials = await config.credentials();
  if (known?.credentials === credentials) return known;
  // By the rules of an operation that names no resource: tables are named by name here, which decides nothing.
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

/** By how much the service's clock is ahead of the machine's, in ms, where it has said so. */
const clockOffsets = new WeakMap<DynamoDBClientResolvedConfig, number>();

/** Signatures are good for five minutes; the SDK, too, corrects its clock from four on. */
const WRONG_CLOCK_MS = 240_000;

/**
 * Sets the clock by an answer that was refused, where it was wrong.
 * @param offset - what the request was signed with; another call may have set the clock since
 * @returns whether another try will be signed with another time
 */
const hasCorrectedClock = (
  config: DynamoDBClientResolvedConfig,
  offset: number,
  { headers }: HttpResponse,
): boolean => {
  const told = Date.parse(headers['date'] ?? '') - Date.now();
  if (!(Math.abs(told - offset) >= WRONG_CLOCK_MS)) return false;
  clockOffsets.set(config, told);
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

/** The exception that the SDK would throw. Where its text is no JSON (a proxy's page) there is still the status. */
const exceptionOf = (response: HttpResponse, text: string, clockSkewCorrected: boolean) => {
  let body: { readonly message?: string; readonly Message?: string } = {};
  try {
    body = JSON.parse(text);
  } catch {
    // Its name is unknown then.
  }
  return new DynamoDBServiceException({
    name: loadJsonRpcErrorCode(response, body) ?? 'Unknown',
    message: body.message ?? body.Message ?? 'UnknownError',
    $fault: response.statusCode < 500 ? 'client' : 'server',
    $metadata: { ...metadataOf(response), ...(clockSkewCorrected && { clockSkewCorrected }) },
  });
};
