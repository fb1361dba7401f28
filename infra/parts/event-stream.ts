import { Duration, Validations } from 'aws-cdk-lib';
import { type Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { FilterCriteria, FilterRule, type IFunction, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** Properties of {@link EventStream}. */
export interface EventStreamProps {
  readonly events: ITableV2;
  readonly consumer: IFunction;
  /** The effect on users when records reach the dead-letter queue, as one sentence. */
  readonly impact: string;
  /** How long Lambda collects records before it calls the consumer. @default - it does not wait */
  readonly window?: Duration;
}

/** Retries of a failed batch, bisected each time, before it goes to the dead-letter queue and the stream continues. */
const RETRIES = 10;

/**
 * Delivers new items of the event table to a function. An identical event that is sent again produces no stream record; an
 * overwrite produces a MODIFY record, which the filter drops. Records that cannot be consumed go to a dead-letter queue, so
 * that they do not block the rest.
 */
export class EventStream extends Construct {
  readonly deadLetterQueue: IQueue;
  readonly impact: string;
  private readonly consumer: IFunction;

  constructor(scope: Construct, id: string, { events, consumer, impact, window }: EventStreamProps) {
    super(scope, id);
    this.impact = impact;
    this.consumer = consumer;
    this.deadLetterQueue = new Queue(this, 'DeadLetters', {
      retentionPeriod: Duration.days(14),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    });
    Validations.of(this.deadLetterQueue).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is itself the dead-letter queue of a stream',
    });
    consumer.addEventSource(
      new DynamoEventSource(events, {
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: 1_000,
        maxBatchingWindow: window,
        bisectBatchOnError: true,
        reportBatchItemFailures: true,
        retryAttempts: RETRIES,
        parallelizationFactor: 4,
        onFailure: new SqsDlq(this.deadLetterQueue),
        filters: [FilterCriteria.filter({ eventName: FilterRule.isEqual('INSERT') })],
      }),
    );
  }

  /** How far the consumer is behind the stream, in milliseconds. */
  metricAge(): Metric {
    return this.consumer.metric('IteratorAge', { statistic: Stats.MAXIMUM });
  }

  /** The number of batches in the dead-letter queue. */
  metricDeadLetters(): Metric {
    return this.deadLetterQueue.metricApproximateNumberOfMessagesVisible();
  }
}
