import type { ListMessageMoveTasksResultEntry, SQSClient } from '@aws-sdk/client-sqs';
import { runMoveTask } from '#cli/message-move-task.ts';

type Task = Partial<ListMessageMoveTasksResultEntry>;

/**
 * SQS with its move tasks.
 * @param before - the newest task of the queue at the first request
 * @param looks - the newest task at each later request; the last one is repeated
 */
const anSqs = (before: Task | undefined, ...looks: readonly Task[]) => {
  const journal: string[] = [];
  const left = [...looks];
  let isFirstLook = true;
  // biome-ignore lint/suspicious/noExplicitAny: inputs of every command
  const send = async (command: { constructor: { name: string }; input: any }) => {
    const { input } = command;
    switch (command.constructor.name) {
      case 'GetQueueAttributesCommand':
        return { Attributes: { QueueArn: `arn of ${input.QueueUrl}` } };
      case 'StartMessageMoveTaskCommand':
        journal.push(`start ${input.SourceArn} → ${input.DestinationArn}`);
        return {};
      default: {
        expect(input.SourceArn).toBe('arn of dead');
        const task = isFirstLook ? before : left.length > 1 ? left.shift() : left[0];
        isFirstLook = false;
        return { Results: task === undefined ? [] : [task] };
      }
    }
  };
  const progress: number[] = [];
  const options = {
    sleep: async () => void journal.push('wait'),
    onProgress: (moved: number) => progress.push(moved),
  };
  const run = () => runMoveTask({ send } as unknown as SQSClient, 'dead', 'queue', options);
  return { run, journal, progress };
};

const START = 'start arn of dead → arn of queue';

describe('moving dead letters by a task of SQS', () => {
  it('starts one, waits for its end, and returns the number of moved messages', async () => {
    const { run, journal, progress } = anSqs(
      undefined,
      { Status: 'RUNNING', ApproximateNumberOfMessagesMoved: 500 },
      { Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 700 },
    );

    expect(await run()).toBe(700);
    expect(journal).toEqual([START, 'wait']);
    expect(progress).toEqual([500]);
  });

  it('starts another if the newest has ended', async () => {
    const ended = { Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 9 };
    const { run, journal } = anSqs(ended, { Status: 'COMPLETED' });

    expect(await run()).toBe(0);
    expect(journal).toEqual([START]);
  });

  it('waits for a running task instead of starting another', async () => {
    const running = { Status: 'RUNNING' };
    const { run, journal } = anSqs(running, running, {
      Status: 'COMPLETED',
      ApproximateNumberOfMessagesMoved: 3,
    });

    expect(await run()).toBe(3);
    expect(journal).toEqual(['wait']);
  });

  it('throws the reason why a task did not complete', async () => {
    const { run } = anSqs(undefined, { Status: 'FAILED', FailureReason: 'AccessDenied' });

    await expect(run()).rejects.toThrow('The move ended as FAILED, 0 were moved: AccessDenied');
  });
});
