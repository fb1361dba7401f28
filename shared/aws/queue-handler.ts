import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as v from 'valibot';
import { publishMetrics, type Telemetry } from '../telemetry/telemetry.ts';
import { type Every, systemEvery } from '../time/every.ts';
import { type ChangeVisibility, type HeldMessages, holdMessages } from './held-messages.ts';
import { holdTime, isPermanentFailure, receivePause } from './receive-pause.ts';
import { budgetOf, type RetryBudget } from './retry.ts';

/** The metadata of a received message. */
export interface Delivery {
  /** 1 for the first receive. */
  readonly attempt: number;
  /** When it was sent, ms since 1970. */
  readonly sentAt: number;
  /**
   * The time for processing, from the start of the invocation; a message that is not processed by its deadline fails.
   */
  readonly budget: RetryBudget;
}

/** Processes one message. If it throws, that message is received again, and no other message of the batch. */
export type MessageOperation<Message> = (message: Message, delivery: Delivery) => Promise<void>;

/** The properties of {@link queueHandler}. */
export interface QueueHandlerProps<S extends v.GenericSchema> {
  /** The schema of a message's parsed body. */
  readonly schema: S;
  readonly operation: MessageOperation<v.InferOutput<S>>;
  readonly telemetry: Telemetry;
  /**
   * How long a batch is processed, in ms. The remainder of the function's timeout is for counting and reporting the
   * results: a function that times out reports nothing, and its whole batch is received again.
   */
  readonly workMs: number;
  /** The shortest time for which a message in hand is invisible, in seconds; see {@link holdMessages}. */
  readonly holdSeconds: number;
  readonly changeVisibility: ChangeVisibility;
  /** @default {@link systemEvery} */
  readonly every?: Every;
}

const attemptOf = ({ attributes }: SQSRecord): number => Number(attributes.ApproximateReceiveCount);

/**
 * Creates the handler of a queue's function: it parses each message, processes the messages of a batch concurrently,
 * and reports those that failed, so that only they are received again, after the pause of {@link receivePause}. If the
 * worker is killed, all messages of the batch are received again after {@link holdTime}.
 */
export const queueHandler = <S extends v.GenericSchema>({
  schema,
  operation,
  telemetry,
  workMs,
  holdSeconds,
  changeVisibility,
  every = systemEvery,
}: QueueHandlerProps<S>) => {
  const processor = new BatchProcessor(EventType.SQS);

  const hold = (records: readonly SQSRecord[]): HeldMessages =>
    holdMessages(
      records.map((record) => ({
        receiptHandle: record.receiptHandle,
        seconds: holdTime(attemptOf(record), holdSeconds),
      })),
      {
        holdSeconds,
        changeVisibility,
        every,
        onMissed: (error) =>
          telemetry.logger.warn('Messages in hand could not be extended', { reason: String(error) }),
      },
    );

  const scheduleRetry = async (record: SQSRecord, held: HeldMessages, error: unknown): Promise<void> => {
    const attempt = attemptOf(record);
    const pauseSeconds = receivePause(attempt, error);
    telemetry.logger.error('A message failed and will be received again', {
      messageId: record.messageId,
      attempt,
      pauseSeconds,
      permanent: isPermanentFailure(error),
      errorName: error instanceof Error ? error.name : 'unknown',
      // Messages of this service and of the SDK are safe to log; those of parsers quote customers' data.
      reason: error instanceof v.ValiError || error instanceof SyntaxError ? 'does not parse' : String(error),
    });
    await held.release(record.receiptHandle);
    // If this fails, the message becomes visible when it is no longer held.
    await changeVisibility([{ receiptHandle: record.receiptHandle, seconds: pauseSeconds }]).catch(() => {});
  };

  const processorOf =
    (budget: RetryBudget, held: HeldMessages) =>
    async (record: SQSRecord): Promise<void> => {
      const sentAt = Number(record.attributes.SentTimestamp);
      try {
        const message = v.parse(schema, JSON.parse(record.body));
        await operation(message, { attempt: attemptOf(record), sentAt, budget });
      } catch (error) {
        await scheduleRetry(record, held, error);
        throw error;
      }
    };

  return middy<SQSEvent, SQSBatchResponse>()
    .use(injectLambdaContext(telemetry.logger))
    .use(publishMetrics(telemetry))
    .handler(async (event, context) => {
      const budget = budgetOf(workMs);
      const held = hold(event.Records);
      try {
        return await processPartialResponse(event, processorOf(budget, held), processor, {
          context,
          throwOnFullBatchFailure: false,
        });
      } finally {
        await held.stop();
      }
    });
};
