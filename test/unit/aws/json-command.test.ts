import { Readable } from 'node:stream';
import {
  BatchWriteItemCommand,
  type BatchWriteItemCommandInput,
  type BatchWriteItemCommandOutput,
  DynamoDBClient,
  type DynamoDBClientConfig,
} from '@aws-sdk/client-dynamodb';
import { type HttpRequest, HttpResponse } from '@smithy/core/protocols';
import { JsonCommand } from '#shared/aws/json-command.ts';
import { isPermanent, isThrottle } from '#shared/aws/retry.ts';

/** Our command must behave like the SDK's: each is sent through a separate client, and the results are compared. */

const INPUT: BatchWriteItemCommandInput = {
  RequestItems: { events: [{ PutRequest: { Item: { pk: { S: 'é' }, n: { N: '1' } } } }] },
};

const ours = () =>
  new JsonCommand<BatchWriteItemCommandInput, BatchWriteItemCommandOutput>('BatchWriteItem', INPUT);
const theirs = () => new BatchWriteItemCommand(INPUT);
const COMMANDS = [
  ['JsonCommand', ours],
  ["the SDK's command", theirs],
] as const;

interface Answer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const OK: Answer = { statusCode: 200, body: '{"UnprocessedItems":{}}' };

/** A client whose HTTP handler returns prepared answers and records the requests. */
const aClient = (config: DynamoDBClientConfig = {}, answers: readonly Answer[] = []) => {
  const requests: HttpRequest[] = [];
  const client = new DynamoDBClient({
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' },
    maxAttempts: 1,
    ...config,
    requestHandler: {
      handle: async (request: HttpRequest) => {
        const { statusCode, headers = {}, body = '' } = answers[requests.length] ?? OK;
        requests.push(request);
        return {
          response: new HttpResponse({
            statusCode,
            headers: { 'x-amzn-requestid': 'request-1', ...headers },
            body: Readable.from([Buffer.from(body)]),
          }),
        };
      },
    } as never,
  });
  const send = (command: ReturnType<typeof ours> | ReturnType<typeof theirs>) =>
    client.send(command as ReturnType<typeof theirs>);
  return { requests, send };
};

const addressOf = ({ protocol, hostname, port, path, method }: HttpRequest) => ({
  protocol,
  hostname,
  port,
  path,
  method,
});

describe('is sent to the same address as by the SDK', () => {
  const inAccount = { accessKeyId: 'AKID', secretAccessKey: 'secret', accountId: '123456789012' };
  it.each<[string, DynamoDBClientConfig]>([
    ['a region', {}],
    ['an account', { credentials: inAccount }],
    ['an account, switched off', { credentials: inAccount, accountIdEndpointMode: 'disabled' }],
    ['FIPS', { useFipsEndpoint: true }],
    ['both IP versions', { useDualstackEndpoint: true }],
    ['another partition', { region: 'cn-north-1' }],
    ['a custom endpoint', { endpoint: 'http://127.0.0.1:4566' }],
    ['an endpoint with a path', { endpoint: 'https://proxy.example/dynamodb' }],
  ])('%s', async (_case, config) => {
    const [own, sdk] = [aClient(config), aClient(config)];

    await own.send(ours());
    await sdk.send(theirs());

    const [request] = own.requests as [HttpRequest];
    const [expected] = sdk.requests as [HttpRequest];
    expect(addressOf(request)).toEqual(addressOf(expected));
    for (const name of ['host', 'content-type', 'content-length', 'x-amz-target']) {
      expect([name, expected.headers[name]]).toEqual([name, expect.any(String)]);
      expect([name, request.headers[name]]).toEqual([name, expected.headers[name]]);
    }
    expect(JSON.parse(String(request.body))).toEqual(JSON.parse(new TextDecoder().decode(expected.body)));
    // Credential=AKID/day/region/service/aws4_request
    const scope = /Credential=AKID\/\d{8}(\/\S+),/;
    const [, expectedScope] = scope.exec(expected.headers['authorization'] ?? '') ?? [];
    expect(expectedScope).toMatch(/\/aws4_request$/);
    expect(scope.exec(request.headers['authorization'] ?? '')?.[1]).toBe(expectedScope);
  });
});

it('returns the answer and its request id', async () => {
  const UnprocessedItems = { events: [{ PutRequest: { Item: { pk: { S: 'left' } } } }] };
  const { send } = aClient({}, [{ statusCode: 200, body: JSON.stringify({ UnprocessedItems }) }]);

  const output = await send(ours());

  expect(output).toEqual({ UnprocessedItems, $metadata: { httpStatusCode: 200, requestId: 'request-1' } });
});

describe('throws the same errors as the SDK', () => {
  const refusal = (type: string, statusCode = 400, message = 'because'): Answer => ({
    statusCode,
    body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message }),
  });
  const traitsOf = (error: Error & { $fault?: string; $metadata?: { httpStatusCode?: number } }) => ({
    name: error.name,
    message: error.message,
    fault: error.$fault,
    status: error.$metadata?.httpStatusCode,
    permanent: isPermanent(error),
    throttle: isThrottle(error),
  });

  it.each<[string, Answer]>([
    ['validation', refusal('ValidationException')],
    ['no such table', refusal('ResourceNotFoundException')],
    ['throughput', refusal('ProvisionedThroughputExceededException')],
    ['throttling', refusal('ThrottlingException')],
    ['request limit', refusal('RequestLimitExceeded')],
    ['no access', refusal('AccessDeniedException')],
    ['an expired token', refusal('ExpiredTokenException')],
    ['an internal error', refusal('InternalServerError', 500)],
    [
      'an error by header',
      { statusCode: 400, headers: { 'x-amzn-errortype': 'ValidationException' }, body: '{}' },
    ],
    ['an error with a capital Message', { statusCode: 400, body: '{"__type":"a#XError","Message":"m"}' }],
  ])('%s', async (_case, answer) => {
    const [own, sdk] = await Promise.all(
      COMMANDS.map(([, command]) =>
        aClient({}, [answer])
          .send(command())
          .catch((error) => error),
      ),
    );

    expect(sdk).toBeInstanceOf(Error);
    expect(traitsOf(own)).toEqual(traitsOf(sdk));
  });

  it.each<[string, Answer]>([
    ["a proxy's page", { statusCode: 503, body: '<html>Service Unavailable</html>' }],
    ['half an answer', { statusCode: 200, body: '{"UnprocessedItems":' }],
  ])('%s can be retried', async (_case, answer) => {
    const error = await aClient({}, [answer])
      .send(ours())
      .catch((thrown) => thrown);

    expect(error).toBeInstanceOf(Error);
    expect(isPermanent(error)).toBe(false);
  });
});

describe.each(COMMANDS)('%s', (_name, command) => {
  const HOUR_MS = 3_600_000;

  it('signs with the service’s time after the service has reported a clock skew', async () => {
    const theirTime = new Date(Date.now() + HOUR_MS);
    const { send, requests } = aClient({}, [
      {
        statusCode: 400,
        headers: { date: theirTime.toUTCString() },
        body: '{"__type":"InvalidSignatureException","message":"Signature not yet current"}',
      },
    ]);

    const error = await send(command()).catch((thrown) => thrown);
    await send(command());

    expect(error).toBeInstanceOf(Error);
    expect(isPermanent(error)).toBe(false);
    const stamp = requests[1]?.headers['x-amz-date'] ?? '';
    const signedAt = Date.parse(
      stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'),
    );
    expect(Math.abs(signedAt - theirTime.getTime())).toBeLessThan(60_000);
  });

  it('uses renewed credentials and the endpoint of their account', async () => {
    let renewals = 0;
    const { send, requests } = aClient({
      credentials: async () => ({
        accessKeyId: `AKID${++renewals}`,
        secretAccessKey: 'secret',
        accountId: `11111111111${renewals}`,
        // The first credentials have already expired when they are returned.
        expiration: new Date(Date.now() + (renewals === 1 ? 0 : HOUR_MS)),
      }),
    });

    for (let call = 0; call < 3; call++) await send(command());

    const keys = requests.map(({ headers }) => /Credential=(\w+)/.exec(headers['authorization'] ?? '')?.[1]);
    expect(keys.at(-1)).toBe(`AKID${renewals}`);
    expect(keys[2]).toBe(keys[1]);
    expect(renewals).toBe(2);
    expect(requests[2]?.hostname).toMatch(/^111111111112\./);
  });
});
