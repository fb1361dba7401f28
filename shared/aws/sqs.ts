import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { OutOfTimeError } from '../time/out-of-time.ts';
import { drain } from './drain.ts';
import type { RetryBudget } from './retry.ts';

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

/** Receiving waits this long for a message: then all of SQS's servers are asked, and none is overlooked. */
const RECEIVE_WAIT_SECONDS = 1;

/**
 * Moves all messages of a queue to another, as they are. SQS's own move task does the same, but the local engine has none.
 * Each is deleted only after it was taken: broken off between the two, it is in both, which does our messages no harm.
 *
 * @param from - the queue's URL
 * @param to - the other queue's URL
 * @returns how many were moved
 * @throws Error where the other queue takes nothing
 */
export const moveMessages = async (client: SQSClient, from: string, to: string): Promise<number> => {
  let moved = 0;
  for (;;) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: from,
        MaxNumberOfMessages: SEND_CHUNK,
        WaitTimeSeconds: RECEIVE_WAIT_SECONDS,
      }),
    );
    if (Messages.length === 0) return moved;
    const Entries = Messages.map(({ Body }, at) => ({ Id: String(at), MessageBody: Body }));
    const { Successful = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: to, Entries }));
    if (Successful.length === 0) throw new Error(`${to} takes no messages; ${moved} were moved`);
    await client.send(
      new DeleteMessageBatchCommand({
        QueueUrl: from,
        Entries: Successful.map(({ Id }) => ({ Id, ReceiptHandle: Messages[Number(Id)]?.ReceiptHandle })),
      }),
    );
    moved += Successful.length;
  }
};
