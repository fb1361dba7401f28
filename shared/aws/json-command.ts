import {
  DescribeEndpointsCommand,
  type DynamoDBClient,
  type DynamoDBClientResolvedConfig,
  DynamoDBServiceException,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from '@aws-sdk/client-dynamodb';
import { AwsSdkSigV4Signer } from '@aws-sdk/core/httpAuthSchemes';
import { getEndpointFromInstructions } from '@smithy/core/endpoints';
import { HttpRequest, type HttpResponse, loadJsonRpcErrorCode } from '@smithy/core/protocols';
import { fromJson, toJson } from './attribute-json.ts';

/**
 * A call of DynamoDB whose input is sent as the JSON that it is, and whose output is the JSON that came.
 *
 * An SDK command walks its input and its output along the service's model, through a dozen middlewares, twice more for
 * a log that nobody reads: three quarters of a bulk write's CPU (docs/performance.md). DynamoDB's JSON and the SDK's
 * attribute values are the same thing, so this sends them as they are, by what else makes the SDK sound, all of it the
 * client's own: credentials and their renewal, endpoint rules, the signer with its correction of a wrong clock, the HTTP
 * handler with its connections and time-outs. It throws the SDK's exception, with what the SDK's retry rules look at.
 *
 * It makes one attempt, whatever the client's `maxAttempts`: retries are {@link drain}'s and `retrying`'s.
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
    return async (): Promise<{ output: Output; response: unknown }> => {
      const { target, signer } = await connectionOf(config);
      const signing = { config: signer, context: {}, signingRegion: target.region, signingName: 'dynamodb' };
      const request = requestOf(target, this.operation, Buffer.from(toJson(this.input)));
      const sigV4 = new AwsSdkSigV4Signer();
      const signed = await sigV4.sign(request, target.credentials, signing);
      const { response } = await config.requestHandler.handle(signed as HttpRequest, options);
      const body = await bodyOf(config, response);
      if (response.statusCode >= 300) sigV4.errorHandler(signing)(exceptionOf(response, body));
      sigV4.successHandler(response, signing);
      return { output: { ...(body as Output), $metadata: metadataOf(response) }, response };
    };
  }
}

type Credentials = Awaited<ReturnType<DynamoDBClient['config']['credentials']>>;

/** Where calls go. */
interface Target {
  /** Renewed ones are others, and may lead elsewhere: an endpoint can have the account's number in it. */
  readonly credentials: Credentials;
  readonly url: URL;
  readonly region: string;
}

/** What the signer keeps of a client: the request signer itself, and by how much the machine's clock is wrong. */
interface SignerState {
  readonly signer: () => Promise<unknown>;
  readonly disableClockSkewCorrection: unknown;
  systemClockOffset: number;
}

/** What calls of one client share. */
interface Connection {
  readonly target: Target;
  readonly signer: SignerState;
}

const connections = new WeakMap<DynamoDBClientResolvedConfig, Connection>();

const connectionOf = async (config: DynamoDBClientResolvedConfig): Promise<Connection> => {
  // Kept and renewed in time by the SDK's provider; as long as they are the same it gives the same object.
  const credentials = await config.credentials();
  const known = connections.get(config);
  if (known?.target.credentials === credentials) return known;
  // An operation that names no resource: tables are named by name here, which decides nothing.
  const { url, properties } = await getEndpointFromInstructions({}, DescribeEndpointsCommand, config);
  const signer = await config.signer(properties?.['authSchemes']?.[0]);
  const connection: Connection = {
    target: { credentials, url, region: await config.region() },
    signer: known?.signer ?? {
      signer: async () => signer,
      disableClockSkewCorrection: config.disableClockSkewCorrection,
      systemClockOffset: config.systemClockOffset,
    },
  };
  connections.set(config, connection);
  return connection;
};

const CONTENT_TYPE = 'application/x-amz-json-1.0';

const requestOf = ({ url }: Target, operation: string, body: Buffer): HttpRequest =>
  new HttpRequest({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port !== '' && { port: Number(url.port) }),
    path: url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`,
    headers: {
      host: url.host,
      'content-type': CONTENT_TYPE,
      'content-length': String(body.length),
      'x-amz-target': `DynamoDB_20120810.${operation}`,
      'user-agent': 'pigeon-perch-backfill',
    },
    body,
  });

/** The answer's JSON. Where an error has none (a proxy's page) there is still its status. */
const bodyOf = async (config: DynamoDBClientResolvedConfig, response: HttpResponse): Promise<unknown> => {
  const text = config.utf8Encoder(await config.streamCollector(response.body));
  try {
    return fromJson(text);
  } catch (error) {
    if (response.statusCode >= 300) return {};
    throw error;
  }
};

const metadataOf = ({ statusCode, headers }: HttpResponse) => ({
  httpStatusCode: statusCode,
  requestId: headers['x-amzn-requestid'],
});

/** The exception that the SDK would throw. */
const exceptionOf = (response: HttpResponse, body: unknown): Error => {
  const { message, Message } = body as { readonly message?: string; readonly Message?: string };
  const exception = new DynamoDBServiceException({
    name: loadJsonRpcErrorCode(response, body) ?? 'Unknown',
    message: message ?? Message ?? 'UnknownError',
    $fault: response.statusCode < 500 ? 'client' : 'server',
    $metadata: metadataOf(response),
  });
  return Object.assign(exception, { $response: response });
};
