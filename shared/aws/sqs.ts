import { ChangeMessageVisibilityBatchCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { OutOfTimeError } from '../time/out-of-time.ts';
import { drain } from './drain.ts';
import type { ChangeVisibility, VisibilityChange } from './held-messages.ts';
import { budgetOf, type RetryBudget } from './retry.ts';

/** SQS accepts at most 10 entries in one SendMessageBatch or ChangeMessageVisibilityBatch. */
const BATCH_SIZE = 10;

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
   * @param delaySeconds - the time after which they are received, at most 900. @default - at once
   * @throws OutOfTimeError if some were not accepted by the budget's deadline; the others are in the queue
   */
  sendAll(messages: readonly Message[], budget: RetryBudget, delaySeconds?: number): Promise<void>;
}

/** Creates a sender of JSON messages of one type, each in the group that `groupOf` returns, if any. */
const createSender = <Message>(
  client: SQSClient,
  url: string,
  groupOf: (message: Message) => string | undefined,
): QueueSender<Message> => ({
  async sendAll(messages, budget, delaySeconds) {
    const left = await drain(messages, {
      chunkSize: BATCH_SIZE,
      concurrency: CONCURRENCY,
      budget,
      send: async (chunk, abortSignal) => {
        const Entries = chunk.map((message, at) => ({
          Id: String(at),
          MessageBody: JSON.stringify(message),
          MessageGroupId: groupOf(message),
          DelaySeconds: delaySeconds,
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
 * Creates a sender of JSON messages of one type. The message group is the organisation: on a standard queue that
 * implies no order, but SQS delivers other organisations' messages first if one organisation has a backlog ("fair
 * queues").
 */
export const createQueueSender = <Message extends { readonly orgId: string }>(
  client: SQSClient,
  url: string,
): QueueSender<Message> => createSender(client, url, ({ orgId }) => orgId);

/** Creates a sender to a dead-letter queue, which no function processes: its messages have no group. */
export const createDeadLetterSender = <Message>(client: SQSClient, url: string): QueueSender<Message> =>
  createSender(client, url, () => undefined);

/**
 * Creates the {@link ChangeVisibility} of a queue. Messages that SQS reports as failed are changed again, within
 * {@link REQUEST_TIMEOUT_MS}, except those of the caller's fault: a message that is deleted or visible already remains so.
 */
export const createChangeVisibility =
  (client: SQSClient, url: string, newBudget = () => budgetOf(REQUEST_TIMEOUT_MS)): ChangeVisibility =>
  async (changes) => {
    let refused = 0;
    const left = await drain(changes, {
      chunkSize: BATCH_SIZE,
      concurrency: CONCURRENCY,
      budget: newBudget(),
      send: async (chunk, abortSignal) => {
        const Entries = chunk.map(({ receiptHandle, seconds }, at) => ({
          Id: String(at),
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: seconds,
        }));
        const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries });
        const { Failed = [] } = await client.send(command, { abortSignal });
        const again = Failed.filter(({ SenderFault }) => SenderFault !== true);
        refused += Failed.length - again.length;
        return again.map(({ Id }) => chunk[Number(Id)] as VisibilityChange);
      },
    });
    if (left.length > 0) throw new OutOfTimeError(`The visibility of ${left.length} messages is unchanged`);
    if (refused > 0) throw new Error(`${refused} messages are not in hand any more`);
  };
