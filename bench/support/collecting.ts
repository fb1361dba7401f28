import { createHash } from 'node:crypto';
import type { Accepted } from '#shared/clients/accepted.ts';
import type { CpuCall } from '../workers/cpu.ts';

/** The function that imports the messages of vendors' clients from their queue. */
export const COLLECT = 'clients/collect';

/** The largest event that Lambda passes to a function. Source: Lambda Developer Guide, "Lambda quotas". */
export const MAX_EVENT_BYTES = 6 * 1024 * 1024;

/** The length of a receipt handle of SQS. */
const HANDLE_CHARACTERS = 360;

/** A record as Lambda passes it on. */
const recordOf = (accepted: Accepted, nth: number): object => {
  const body = JSON.stringify(accepted);
  return {
    messageId: `059f36b4-87a3-44ab-83d2-${String(nth).padStart(12, '0')}`,
    receiptHandle: `${nth}`.padStart(HANDLE_CHARACTERS, 'A'),
    body,
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: String(accepted.receivedAt),
      SenderId: 'AROAEXAMPLE:clients-accept',
      ApproximateFirstReceiveTimestamp: String(accepted.receivedAt + 1),
      MessageGroupId: accepted.orgId,
    },
    messageAttributes: {},
    md5OfBody: createHash('md5').update(body).digest('hex'),
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:messages',
    awsRegion: 'us-east-1',
  };
};

/** A call of the collector as Lambda makes it. */
export const collectCall = (records: readonly Accepted[]): CpuCall => ({
  event: { Records: records.map(recordOf) },
  context: {
    functionName: COLLECT,
    invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${COLLECT}`,
    memoryLimitInMB: '1769',
    awsRequestId: 'request',
  },
});

/** The first of some records: as many as fit into an event. */
export const recordsOfFullEvent = (records: readonly Accepted[]): readonly Accepted[] => {
  let bytes = 20;
  const end = records.findIndex((record, nth) => {
    bytes += Buffer.byteLength(JSON.stringify(recordOf(record, nth))) + 1;
    return bytes > MAX_EVENT_BYTES;
  });
  if (end < 0) throw new Error('The records do not fill an event');
  return records.slice(0, end);
};

/** @throws Error if the collector's answer reports failed records */
export const checkCollected = (answer: unknown): void => {
  const { batchItemFailures } = answer as { readonly batchItemFailures: readonly object[] };
  if (batchItemFailures.length > 0) throw new Error(`${batchItemFailures.length} records failed`);
};
