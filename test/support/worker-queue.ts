import { randomUUID } from 'node:crypto';
import { CreateQueueCommand, GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { localAwsEnv } from '#local/ministack.ts';
import { createQueueSender, createSqsClient, moveMessages, type QueueSender } from '#shared/aws/sqs.ts';
import { ENV, MAX_RECEIVES } from '#shared/deployment/names.ts';
import type { RefreshMessage } from '#shared/refresh/messages.ts';
import { testStack } from './api.ts';
import { copyFunction, deleteFunction } from './functions.ts';

/** A refresh queue of a test's own, with a dead-letter queue and a copy of the deployed worker. */
export interface WorkerQueue {
  readonly sender: QueueSender<RefreshMessage>;
  /** How many messages wait in the dead-letter queue. */
  deadLetters(): Promise<number>;
  /** Moves the dead letters back, as `npm run redrive` does. @returns how many */
  redrive(): Promise<number>;
  /** Ends the worker. */
  stop(): Promise<void>;
}

/** The pause between tries in seconds: the queue's own, since the worker cannot set one for a queue that is not there. */
const PAUSE_SECONDS = '2';

/** Makes one whose messages are tried as often as those of the deployed queue, but without long pauses. */
export const startWorkerQueue = async (): Promise<WorkerQueue> => {
  Object.assign(process.env, localAwsEnv(testStack().endpoint));
  const sqs = createSqsClient();
  const name = `drill-${randomUUID().slice(0, 8)}`;
  const arnOf = async (QueueUrl: string): Promise<string> => {
    const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] });
    return (await sqs.send(command)).Attributes?.['QueueArn'] as string;
  };
  const create = async (QueueName: string, Attributes: Record<string, string> = {}): Promise<string> =>
    (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl as string;

  const deadLetterUrl = await create(`${name}-dead`);
  const url = await create(name, {
    VisibilityTimeout: PAUSE_SECONDS,
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: await arnOf(deadLetterUrl),
      maxReceiveCount: String(MAX_RECEIVES),
    }),
  });
  const worker = await copyFunction('refresh/worker', { [ENV.refreshQueueUrl]: `${url}-none` });
  const response = await fetch(`${testStack().endpoint}/2015-03-31/event-source-mappings`, {
    method: 'POST',
    body: JSON.stringify({
      EventSourceArn: await arnOf(url),
      FunctionName: worker,
      BatchSize: 5,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    }),
  });
  if (!response.ok) throw new Error(`The worker gets no messages: ${await response.text()}`);

  const sender = createQueueSender<RefreshMessage>(sqs, url);
  return {
    sender,
    async deadLetters() {
      const command = new GetQueueAttributesCommand({
        QueueUrl: deadLetterUrl,
        AttributeNames: ['ApproximateNumberOfMessages'],
      });
      return Number((await sqs.send(command)).Attributes?.['ApproximateNumberOfMessages']);
    },
    redrive: () => moveMessages(sqs, deadLetterUrl, url),
    stop: () => deleteFunction(worker),
  };
};
