import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as v from 'valibot';
import { publishMetrics, type Telemetry } from '../telemetry/telemetry.ts';
import { isPermanentFailure, receivePause } from './receive-pause.ts';
import { budgetOf, type RetryBudget } from './retry.ts';

/** What is known of a message beside its body. */
export interface Delivery {
  /** 1 for the first time. */
  readonly attempt: number;
  /** When it was sent, ms since 1970. */
  readonly sentAt: number;
  /** The time for this message, from the start of the invocation; what is not done by its deadline fails. */
  readonly budget: RetryBudget;
}

/** What is done with one message. A message fails alone: what it throws brings it back, and nothing else. */
export type MessageOperation<Message> = (message: Message, delivery: Delivery) => Promise<void>;

/** What the function of a queue is made with. */
export interface QueueHandlerProps<S extends v.GenericSchema> {
  readonly schema: S;
  readonly operation: MessageOperation<v.InferOutput<S>>;
  readonly telemetry: Telemetry;
  /**
   * How long a batch is worked on, in ms. The rest of the function's timeout is for counting and reporting what was done: a
   * function that Lambda ends reports nothing, and its whole batch comes back.
   */
  readonly workMs: number;
  /** Makes a message visible again after that many seconds instead of the queue's own time-out. */
  readonly changeVisibility: (receiptHandle: string, seconds: number) => Promise<void>;
}

/**
 * The handler of a queue's function: parses each message, works on all of a batch at once, and reports those that
 * failed, so that only they come back, after the pause that {@link receivePause} sets.
 */
export const queueHandler = <S extends v.GenericSchema>({
  schema,
  operation,
  telemetry,
  workMs,
  changeVisibility,
}: QueueHandlerProps<S>) => {
  const processor = new BatchProcessor(EventType.SQS);

  const comesBack = async (record: SQSRecord, attempt: number, error: unknown): Promise<void> => {
    const pauseSeconds = receivePause(attempt, error);
    telemetry.logger.error('A message failed and will come back', {
      messageId: record.messageId,
      attempt,
      pauseSeconds,
      permanent: isPermanentFailure(error),
      errorName: error instanceof Error ? error.name : 'unknown',
      // Our own words and the SDK's; those of parsers quote what customers sent.
      reason: error instanceof v.ValiError || error instanceof SyntaxError ? 'does not parse' : String(error),
    });
    // Where this fails, the queue's own time-out brings the message back, later.
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
        await comesBack(record, attempt, error);
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
