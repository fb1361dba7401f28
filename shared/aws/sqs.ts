import { ChangeMessageVisibilityCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { OutOfTimeError } from '../time/out-of-time.ts';
import { drain } from './drain.ts';
import type { RetryBudget } from './retry.ts';

/** SQS accepts at most 10 messages in one SendMessageBatch. */
const SEND_CHUNK = 10;

/** Maximum number of concurrent calls. */
const CONCURRENCY = 16;

/** A call without a response after this time is considered lost; SQS responds within tens of milliseconds. */
const REQUEST_TIMEOUT_MS = 5_000;

/**
 * Creates a client with the SDK's own retries. A queue's URL only identifies the queue; the SDK resolves the
 * endpoint.
 */
export const createSqsClient = (): SQSClient =>
  new SQSClient({
    useQueueUrlAsEndpoint: false,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: REQUEST_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    }),
  });

/** Sends messages to a queue. */
export interface QueueSender<Message> {
  /**
   * Sends all messages, in batches; those that SQS reports as failed are sent again.
   * @throws OutOfTimeError if some were not accepted by the budget's deadline; the others are in the queue
   */
  sendAll(messages: readonly Message[], budget: RetryBudget): Promise<void>;
}

/**
 * Creates a sender of JSON messages of one type. The message group is the organisation: on a standard queue that
 * implies no order, but SQS delivers other organisations' messages first if one organisation has a backlog ("fair
 * queues").
 */
export const createQueueSender = <Message extends { readonly orgId: string }>(
  client: SQSClient,
  url: string,
): QueueSender<Message> => ({
  async sendAll(messages, budget) {
    const left = await drain(messages, {
      chunkSize: SEND_CHUNK,
      concurrency: CONCURRENCY,
      budget,
      send: async (chunk, abortSignal) => {
        const Entries = chunk.map((message, at) => ({
          Id: String(at),
          MessageBody: JSON.stringify(message),
          MessageGroupId: message.orgId,
        }));
        const command = new SendMessageBatchCommand({ QueueUrl: url, Entries });
        const { Failed = [] } = await client.send(command, { abortSignal });
        return Failed.map(({ Id }) => chunk[Number(Id)] as Message);
      },
    });
    if (left.length > 0) throw new OutOfTimeError(`${left.length} messages could not be sent in time`);
  },
});

/**
 * Creates a function that makes a received message visible again after a number of seconds, instead of the queue's
 * visibility timeout.
 */
export const createChangeVisibility =
  (client: SQSClient, url: string) =>
  async (receiptHandle: string, seconds: number): Promise<void> => {
    const command = new ChangeMessageVisibilityCommand({
      QueueUrl: url,
      ReceiptHandle: receiptHandle,
      VisibilityTimeout: seconds,
    });
    await client.send(command);
  };
