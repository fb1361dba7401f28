import { randomUUID } from 'node:crypto';
import { CreateQueueCommand, GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { localAwsEnv } from '#local/ministack.ts';
import { moveMessages } from '#local/move-messages.ts';
import { createQueueSender, createSqsClient, type QueueSender } from '#shared/aws/sqs.ts';
import { ENV, MAX_RECEIVES } from '#shared/deployment/names.ts';
import { testStack } from './api.ts';
import { copyFunction, deleteFunction } from './functions.ts';

/** A queue for one test, with a dead-letter queue and a copy of the deployed function that processes it. */
export interface TestQueue<Message> {
  readonly url: string;
  readonly sender: QueueSender<Message>;
  /** The number of messages in the dead-letter queue. */
  deadLetters(): Promise<number>;
  /** Moves the dead letters back, as `npm run redrive -- --local` does. @returns their number */
  redrive(): Promise<number>;
  /** Deletes the function. */
  stop(): Promise<void>;
}

/** Longer than a test: a message that becomes visible sooner does so because the function set its visibility. */
const VISIBILITY_SECONDS = '300';

/** A queue and its dead-letter queue. */
interface QueuePair {
  readonly url: string;
  readonly deadLetterUrl: string;
}

const arnOf = async (QueueUrl: string): Promise<string> => {
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] });
  return (await createSqsClient().send(command)).Attributes?.['QueueArn'] as string;
};

/** Creates a queue without a consumer, with the same maximum number of receives as the deployed queues. */
export const createTestQueue = async (): Promise<QueuePair> => {
  Object.assign(process.env, localAwsEnv(testStack().endpoint));
  const sqs = createSqsClient();
  const queueName = `test-${randomUUID().slice(0, 8)}`;
  const create = async (QueueName: string, Attributes: Record<string, string> = {}): Promise<string> =>
    (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl as string;

  const deadLetterUrl = await create(`${queueName}-dead`);
  const url = await create(queueName, {
    VisibilityTimeout: VISIBILITY_SECONDS,
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: await arnOf(deadLetterUrl),
      maxReceiveCount: String(MAX_RECEIVES),
    }),
  });
  return { url, deadLetterUrl };
};

/**
 * Starts a copy of a deployed function that processes a queue.
 *
 * @param name - of the function, as `functionOf` finds it
 * @param environment - variables of the copy in addition to those of the deployed function
 * @param queues - an existing queue. @default a new one
 */
export const startTestQueue = async <Message extends { readonly orgId: string }>(
  name: string,
  environment: Readonly<Record<string, string>> = {},
  queues?: QueuePair,
): Promise<TestQueue<Message>> => {
  const { url, deadLetterUrl } = queues ?? (await createTestQueue());
  const sqs = createSqsClient();
  const copy = await copyFunction(name, { [ENV.ownQueueUrl]: url, ...environment });
  const response = await fetch(`${testStack().endpoint}/2015-03-31/event-source-mappings`, {
    method: 'POST',
    body: JSON.stringify({
      EventSourceArn: await arnOf(url),
      FunctionName: copy,
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    }),
  });
  if (!response.ok)
    throw new Error(`The event source mapping could not be created: ${await response.text()}`);

  return {
    url,
    sender: createQueueSender<Message>(sqs, url),
    async deadLetters() {
      const command = new GetQueueAttributesCommand({
        QueueUrl: deadLetterUrl,
        AttributeNames: ['ApproximateNumberOfMessages'],
      });
      return Number((await sqs.send(command)).Attributes?.['ApproximateNumberOfMessages']);
    },
    redrive: () => moveMessages(sqs, deadLetterUrl, url),
    stop: () => deleteFunction(copy),
  };
};
