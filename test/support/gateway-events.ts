import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { type ApiOperation, apiHandler } from '#shared/http/api.ts';
import { ORG } from './builders.ts';

/** The addresses of an API whose stage is "api", and which a domain serves with the base path "api" and without one. */
export const ADDRESSES = ['the default address', 'a domain with /api', 'a domain without /api'] as const;
/** One of {@link ADDRESSES}. */
export type Address = (typeof ADDRESSES)[number];

/**
 * How each address changes the `path` of an event and that of its context. Sources: API Gateway Developer Guide, "Input format
 * of a Lambda function for proxy integration" and "$context variables" (the default address); for domains, whose events the guide
 * does not describe, events that were recorded on AWS: github.com/localstack/localstack/pull/12296,
 * github.com/vincentsarago/lambda-proxy/issues/16 (which shows that `pathParameters` are the same).
 */
const PREFIXES: Readonly<Record<Address, { readonly path: string; readonly contextPath: string }>> = {
  'the default address': { path: '', contextPath: '/api' },
  'a domain with /api': { path: '/api', contextPath: '/api' },
  'a domain without /api': { path: '', contextPath: '' },
};

/** The parts of a request that its event is built from. */
export interface GatewayRequest {
  readonly method: string;
  /** The path after the stage: `/v1/…`. */
  readonly path: string;
  /** The resource that API Gateway matches. */
  readonly resource: string;
  readonly pathParameters: APIGatewayProxyEvent['pathParameters'];
}

/** A request that no route matches, as the resource for all other paths receives it. */
export const unmatched = (method: string, path: string): GatewayRequest => ({
  method,
  path,
  resource: '/{proxy+}',
  pathParameters: { proxy: path.slice(1) },
});

/** The event of a request, as API Gateway sends it to a function. */
export const gatewayEvent = (
  { method, path, resource, pathParameters }: GatewayRequest,
  address: Address,
): APIGatewayProxyEvent => {
  const prefix = PREFIXES[address];
  const isDefault = address === 'the default address';
  return {
    resource,
    path: `${prefix.path}${path}`,
    httpMethod: method,
    headers: { Accept: 'application/json' },
    multiValueHeaders: { Accept: ['application/json'] },
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters,
    stageVariables: null,
    requestContext: {
      accountId: '123456789012',
      apiId: 'abc123',
      authorizer: { orgId: ORG, keyId: 'k_1' },
      domainName: isDefault ? 'abc123.execute-api.eu-central-1.amazonaws.com' : 'api.example.com',
      domainPrefix: isDefault ? 'abc123' : 'api',
      extendedRequestId: 'extended-1',
      httpMethod: method,
      identity: { sourceIp: '192.0.2.1', userAgent: 'curl/8' } as never,
      path: `${prefix.contextPath}${path}`,
      protocol: 'HTTP/1.1',
      requestId: 'request-1',
      requestTime: '15/Mar/2026:12:00:00 +0000',
      requestTimeEpoch: Date.parse('2026-03-15T12:00:00Z'),
      resourceId: 'res1',
      resourcePath: resource,
      stage: 'api',
    },
    body: null,
    isBase64Encoded: false,
  };
};

/** Handles events by an operation as the deployed functions do, but without logging. */
export const handlerOf = (operation: ApiOperation) => {
  const handler = apiHandler(operation, {
    logger: new Logger({ logLevel: 'SILENT' }),
    metrics: new Metrics({ namespace: 'test' }),
  });
  return async (event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> =>
    handler(event, { functionName: 'test', awsRequestId: 'invocation-1' } as Context);
};
