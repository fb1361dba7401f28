import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { HttpRequest } from '@smithy/core/protocols';
import fc from 'fast-check';
import { createSign } from '#shared/aws/sigv4.ts';

/** The signer of the SDK's clients. */
const theirSigner = (credentials: object, region: string) =>
  new DynamoDBClient({ region, credentials: credentials as never }).config.signer();

const word = fc.stringMatching(/^[A-Za-z0-9/+=]{1,40}$/);
const requests = fc.record({
  credentials: fc.record(
    { accessKeyId: word, secretAccessKey: word, sessionToken: word },
    { requiredKeys: ['accessKeyId', 'secretAccessKey'] },
  ),
  region: fc.constantFrom('us-east-1', 'eu-west-1', 'cn-north-1'),
  host: fc.domain(),
  path: fc.constantFrom('/', '/dynamodb/'),
  target: fc.constantFrom('DynamoDB_20120810.BatchWriteItem', 'DynamoDB_20120810.Query'),
  body: fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
  times: fc.array(
    fc.date({ min: new Date('2020-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }),
    {
      minLength: 1,
      maxLength: 3,
    },
  ),
});

it('signs like the SDK, over several days', async () => {
  await fc.assert(
    fc.asyncProperty(requests, async ({ credentials, region, host, path, target, body, times }) => {
      const sign = createSign(credentials, region, 'dynamodb');
      const signer = (await theirSigner(credentials, region)) as unknown as {
        sign(request: HttpRequest, options: object): Promise<HttpRequest>;
        applyChecksum: boolean;
      };
      signer.applyChecksum = false;
      const headers = { 'content-type': 'application/x-amz-json-1.0', host, 'x-amz-target': target };
      for (const at of times) {
        const request = new HttpRequest({
          method: 'POST',
          hostname: host,
          path,
          headers: { ...headers },
          body,
        });

        const ours = sign({ path, headers, body }, at);
        const theirs = await signer.sign(request, { signingDate: at });

        expect({ ...headers, ...ours }).toEqual(theirs.headers);
      }
    }),
    { numRuns: 100 },
  );
});
