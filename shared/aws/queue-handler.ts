import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as v from 'valibot';
import { publishMetrics, type Telemetry } from '../telemetry/telemetry.ts';

/** What is known of a message beside its body. */
export interface Delivery {
  /** 1 for the first time. */
  readonly attempt: number;
  /** When it was sent, ms since 1970. */
  readonly sentAt: number;
  readonly receiptHandle: string;
}

/** What is done with one message. A message fails alone: what it throws brings it back, and nothing else. */
export type MessageOperation<Message> = (message: Message, delivery: Delivery) => Promise<void>;

/**
 * The handler of a queue's function: parses each message, works on all of a batch at once, and reports those that
 * failed, so that only they come back.
 */
export const queueHandler = <S extends v.GenericSchema>(
  schema: S,
  operation: MessageOperation<v.InferOutput<S>>,
  telemetry: Telemetry,
) => {
  const processor = new BatchProcessor(EventType.SQS);
  const work = async (record: SQSRecord): Promise<void> => {
    const { ApproximateReceiveCount, SentTimestamp } = record.attributes;
    try {
      await operation(v.parse(schema, JSON.parse(record.body)), {
        attempt: Number(ApproximateReceiveCount),
        sentAt: Number(SentTimestamp),
        receiptHandle: record.receiptHandle,
      });
    } catch (error) {
      telemetry.logger.error('A message failed and will come back', {
        messageId: record.messageId,
        attempt: ApproximateReceiveCount,
        errorName: error instanceof Error ? error.name : 'unknown',
        // Our own words and the SDK's; neither quotes what customers sent.
        reason: error instanceof v.ValiError ? 'not a message of this queue' : String(error),
      });
      throw error;
    }
  };
  return middy<SQSEvent, SQSBatchResponse>()
    .use(injectLambdaContext(telemetry.logger))
    .use(publishMetrics(telemetry))
    .handler((event, context) =>
      processPartialResponse(event, work, processor, { context, throwOnFullBatchFailure: false }),
    );
};
