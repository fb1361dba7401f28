import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as v from 'valibot';
import { publishMetrics, type Telemetry } from '../telemetry/telemetry.ts';
import { isPermanentFailure, receivePause } from './receive-pause.ts';
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
  /** Makes a message visible again after this many seconds instead of the queue's visibility timeout. */
  readonly changeVisibility: (receiptHandle: string, seconds: number) => Promise<void>;
}

/**
 * Creates the handler of a queue's function: it parses each message, processes the messages of a batch concurrently,
 * and reports those that failed, so that only they are received again, after the pause of {@link receivePause}.
 */
export const queueHandler = <S extends v.GenericSchema>({
  schema,
  operation,
  telemetry,
  workMs,
  changeVisibility,
}: QueueHandlerProps<S>) => {
  const processor = new BatchProcessor(EventType.SQS);

  const scheduleRetry = async (record: SQSRecord, attempt: number, error: unknown): Promise<void> => {
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
    // If this fails, the message becomes visible after the queue's visibility timeout, which is longer.
    await changeVisibility(record.receiptHandle, pauseSeconds).catch(() => {});
  };

  const processorOf =
    (budget: RetryBudget) =>
    async (record: SQSRecord): Promise<void> => {
      const { ApproximateReceiveCount, SentTimestamp } = record.attributes;
      const attempt = Number(ApproximateReceiveCount);
      try {
        const message = v.parse(schema, JSON.parse(record.body));
        await operation(message, { attempt, sentAt: Number(SentTimestamp), budget });
      } catch (error) {
        await scheduleRetry(record, attempt, error);
        throw error;
      }
    };

  return middy<SQSEvent, SQSBatchResponse>()
    .use(injectLambdaContext(telemetry.logger))
    .use(publishMetrics(telemetry))
    .handler((event, context) =>
      processPartialResponse(event, processorOf(budgetOf(workMs)), processor, {
        context,
        throwOnFullBatchFailure: false,
      }),
    );
};
