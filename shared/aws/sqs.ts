import { ChangeMessageVisibilityCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { OutOfTimeError } from '../time/out-of-time.ts';
import { drain } from './drain.ts';
import type { RetryBudget } from './retry.ts';

/** SQS takes at most 10 messages in one SendMessageBatch. */
const SEND_CHUNK = 10;

/** Calls under way at once. */
const CONCURRENCY = 16;

/** A call that has not answered by then is lost; SQS answers within tens of milliseconds. */
const REQUEST_TIMEOUT_MS = 5_000;

/** A client with the SDK's own retries. A queue's URL names the queue; where SQS answers is the SDK's to know. */
export const createSqsClient = (): SQSClient =>
  new SQSClient({
    useQueueUrlAsEndpoint: false,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: REQUEST_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    }),
  });

/** A queue, to send to. */
export interface QueueSender<Message> {
  /**
   * Sends all messages, in batches; those that SQS refuses are sent again.
   * @throws OutOfTimeError when some were not taken by the budget's deadline; the others are in the queue
   */
  sendAll(messages: readonly Message[], budget: RetryBudget): Promise<void>;
}

/**
 * A queue whose messages are JSON of one type. Each is sent in the message group of its organisation: on a standard queue
 * that asks for no order, but has SQS deliver other organisations' messages first where one has many ("fair queues").
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

/** What makes a received message of a queue visible again after that many seconds, instead of the queue's own time-out. */
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
