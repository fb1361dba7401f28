import {
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

/** SQS takes at most 10 messages in one call. */
const CHUNK = 10;

/** Receiving waits this long for a message, so that none is overlooked. */
const RECEIVE_WAIT_SECONDS = 1;

/**
 * Moves all messages of a queue to another, as they are: what SQS's own move task does, which the local engine has not.
 * Each is deleted only after it was taken: interrupted between the two, it is in both, which does our messages no harm.
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
        MaxNumberOfMessages: CHUNK,
        WaitTimeSeconds: RECEIVE_WAIT_SECONDS,
        MessageSystemAttributeNames: ['MessageGroupId'],
      }),
    );
    if (Messages.length === 0) return moved;
    const Entries = Messages.map(({ Body, Attributes }, at) => ({
      Id: String(at),
      MessageBody: Body,
      MessageGroupId: Attributes?.MessageGroupId,
    }));
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
