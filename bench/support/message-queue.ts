import { setTimeout as sleep } from 'node:timers/promises';
import { GetQueueAttributesCommand, PurgeQueueCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { budgetOf } from '#shared/aws/retry.ts';
import { createQueueSender, createSqsClient } from '#shared/aws/sqs.ts';
import type { Accepted } from '#shared/clients/accepted.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import type { World } from './world.ts';

/** The polling interval; each poll is work for the engine that is measured. */
const POLL_MS = 100;

/** The time-out of sending and of collecting. */
const GIVEN_UP_MS = 300_000;

/** The queue of accepted messages. */
export interface MessageQueue {
  send(records: readonly Accepted[]): Promise<void>;
  /** Deletes all messages. */
  purge(): Promise<void>;
  /** Waits until all messages are processed. @throws Error if some failed, or it takes too long */
  untilEmpty(): Promise<void>;
}

const COUNTS = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;

/** The number of messages in a queue, whether or not a worker has them. */
const countOf = async (sqs: SQSClient, QueueUrl: string | undefined): Promise<number> => {
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...COUNTS] });
  const { Attributes = {} } = await sqs.send(command);
  return COUNTS.reduce((sum, name) => sum + Number(Attributes[name]), 0);
};

/** Creates the access to the queue of accepted messages. */
export const createMessageQueue = ({ stack: { outputs } }: Pick<World, 'stack'>): MessageQueue => {
  const sqs = createSqsClient();
  const url = outputs[OUTPUT.messageQueueUrl] as string;
  const sender = createQueueSender<Accepted>(sqs, url);
  return {
    send: (records) => sender.sendAll(records, budgetOf(GIVEN_UP_MS)),
    purge: async () => {
      await sqs.send(new PurgeQueueCommand({ QueueUrl: url }));
    },
    untilEmpty: async () => {
      const deadline = Date.now() + GIVEN_UP_MS;
      for (;;) {
        const left = await countOf(sqs, url);
        if (left === 0) break;
        if (Date.now() > deadline) throw new Error(`${left} records are still in the queue`);
        await sleep(POLL_MS);
      }
      const dead = await countOf(sqs, outputs[OUTPUT.messageDeadLetterQueueUrl]);
      if (dead > 0) throw new Error(`${dead} records failed`);
    },
  };
};
