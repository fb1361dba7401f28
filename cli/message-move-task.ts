import { setTimeout as sleep } from 'node:timers/promises';
import {
  GetQueueAttributesCommand,
  ListMessageMoveTasksCommand,
  type ListMessageMoveTasksResultEntry,
  type SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';

/** The time between two reads of the status of a task, in ms. SQS moves up to 500 messages a second. */
const POLL_MS = 2_000;

/** The options of waiting for a move task. */
export interface MoveTaskOptions {
  readonly sleep?: (ms: number) => Promise<unknown>;
  /** Called with the approximate number of messages moved so far. */
  readonly onProgress?: (moved: number) => void;
}

/**
 * Moves the messages of a dead-letter queue to a queue by a message move task of SQS, and waits for its end.
 * If a task is already running, it waits for that one: SQS allows one at a time, and the task continues when
 * this process is interrupted.
 *
 * @param from - the dead-letter queue's URL
 * @param to - the queue's URL
 * @returns the approximate number of messages moved
 * @throws Error if the task does not complete
 */
export const runMoveTask = async (
  client: SQSClient,
  from: string,
  to: string,
  { sleep: pause = sleep, onProgress }: MoveTaskOptions = {},
): Promise<number> => {
  const arnOf = async (QueueUrl: string): Promise<string | undefined> => {
    const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] });
    return (await client.send(command)).Attributes?.['QueueArn'];
  };
  const [SourceArn, DestinationArn] = await Promise.all([arnOf(from), arnOf(to)]);
  const newest = async (): Promise<ListMessageMoveTasksResultEntry | undefined> =>
    (await client.send(new ListMessageMoveTasksCommand({ SourceArn, MaxResults: 1 }))).Results?.[0];

  if ((await newest())?.Status !== 'RUNNING') {
    await client.send(new StartMessageMoveTaskCommand({ SourceArn, DestinationArn }));
  }
  for (;;) {
    const { Status, ApproximateNumberOfMessagesMoved: moved = 0, FailureReason } = (await newest()) ?? {};
    if (Status === 'COMPLETED') return moved;
    if (Status !== 'RUNNING') {
      throw new Error(
        `The move ended as ${Status}, ${moved} were moved: ${FailureReason ?? 'no reason given'}`,
      );
    }
    onProgress?.(moved);
    await pause(POLL_MS);
  }
};
