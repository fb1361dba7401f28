import type { GetItemCommandInput, QueryCommandInput } from '@aws-sdk/client-dynamodb';
import type { Shot } from './load.ts';
import type { World } from './world.ts';

/** The input of each call. */
interface Inputs {
  readonly GetItem: GetItemCommandInput;
  readonly Query: QueryCommandInput;
}

/** The local engine reads service and region from this header, and ignores the signature. */
const AUTHORIZATION =
  'AWS4-HMAC-SHA256 Credential=test/20250101/us-east-1/dynamodb/aws4_request, ' +
  'SignedHeaders=host;x-amz-date;x-amz-target, Signature=none';

/**
 * A DynamoDB call as an HTTP request, without an SDK.
 * @param contains - text of the requested item
 */
export const bareCall = <Name extends keyof Inputs>(
  { stack }: Pick<World, 'stack'>,
  name: Name,
  input: Inputs[Name],
  contains: string,
): Shot => ({
  url: stack.endpoint,
  headers: {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': `DynamoDB_20120810.${name}`,
    authorization: AUTHORIZATION,
  },
  body: JSON.stringify(input),
  status: 200,
  contains,
});
