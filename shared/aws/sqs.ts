import {
  ChangeMessageVisibilityCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { drain } from './drain.ts';
import { OutOfTimeError, type RetryBudget } from './retry.ts';

/** SQS takes at most 10 messages in one SendMessageBatch. */
const SEND_CHUNK = 10;

/** Calls under way at once. */
const CONCURRENCY = 16;

/** A client with the SDK's own retries. A queue's URL names the queue; where SQS answers is the SDK's to know. */
export const createSqsClient = (): SQSClient => new SQSClient({ useQueueUrlAsEndpoint: false });

/** A queue, to send to. */
export interface QueueSender<Message> {
  send(message: Message): Promise<void>;
  /**
   * Sends all messages, in batches; those that SQS refuses are sent again.
   * @throws OutOfTimeError when some were not taken by the budget's deadline; the others are in the queue
   */
  sendAll(messages: readonly Message[], budget: RetryBudget): Promise<void>;
}

/** A queue whose messages are JSON of one type. */
export const createQueueSender = <Message>(client: SQSClient, url: string): QueueSender<Message> => ({
  async send(message) {
    await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: JSON.stringify(message) }));
  },

  async sendAll(messages, budget) {
    const bodies = messages.map((message) => JSON.stringify(message));
    const left = await drain(bodies, {
      chunkSize: SEND_CHUNK,
      concurrency: CONCURRENCY,
      budget,
      send: async (chunk, abortSignal) => {
        const Entries = chunk.map((MessageBody, at) => ({ Id: String(at), MessageBody }));
        const command = new SendMessageBatchCommand({ QueueUrl: url, Entries });
        const { Failed = [] } = await client.send(command, { abortSignal });
        return Failed.map(({ Id }) => chunk[Number(Id)] as string);
      },
    });
    if (left.length > 0) throw new OutOfTimeError(`${left.length} messages could not be sent in time`);
  },
});

/** Makes a received message visible again after that many seconds, instead of the queue's own time-out. */
export const showAgainIn = async (
  client: SQSClient,
  url: string,
  receiptHandle: string,
  seconds: number,
): Promise<void> => {
  const command = new ChangeMessageVisibilityCommand({
    QueueUrl: url,
    ReceiptHandle: receiptHandle,
    VisibilityTimeout: seconds,
  });
  await client.send(command);
};
