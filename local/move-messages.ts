import {
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

/** SQS accepts at most 10 messages in one call. */
const CHUNK = 10;

/** A receive waits this long for a message, so that none is missed. */
const RECEIVE_WAIT_SECONDS = 1;

/**
 * Moves all messages of a queue to another, unchanged. It replaces SQS's own move task, which the local engine does not
 * support. A message is deleted only after the other queue has accepted it; if the command is interrupted in between, both
 * queues have the message, which is harmless, since processing is idempotent.
 *
 * @param from - the URL of the source queue
 * @param to - the URL of the target queue
 * @returns the number of messages moved
 * @throws Error if the target queue accepts none of a call's messages
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
    if (Successful.length === 0) throw new Error(`${to} accepts no messages; ${moved} were moved`);
    await client.send(
      new DeleteMessageBatchCommand({
        QueueUrl: from,
        Entries: Successful.map(({ Id }) => ({ Id, ReceiptHandle: Messages[Number(Id)]?.ReceiptHandle })),
      }),
    );
    moved += Successful.length;
  }
};
