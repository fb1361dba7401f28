import { Duration, Validations } from 'aws-cdk-lib';
import { type Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { FilterCriteria, FilterRule, type IFunction, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** What a consumer of the event table's stream needs. */
export interface EventStreamProps {
  readonly events: ITableV2;
  readonly consumer: IFunction;
  /** What it means to a user when records end in the dead-letter queue, as one sentence. */
  readonly impact: string;
  /** How long records are gathered before the consumer is called. @default - not at all */
  readonly window?: Duration;
}

/** Tries of a record, the batch halved each time, before it is put aside and the stream goes on. */
const RETRIES = 10;

/**
 * Has a function consume what is new in the event table. A re-sent event makes no record, a correction one that is
 * left out here. What cannot be consumed is put aside in a dead-letter queue, so that it does not hold up the rest.
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
      reason: 'It is a dead-letter queue itself, of a stream',
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

  /** How far the consumer is behind, in milliseconds. */
  metricAge(): Metric {
    return this.consumer.metric('IteratorAge', { statistic: Stats.MAXIMUM });
  }

  /** Batches of records that were given up. */
  metricDeadLetters(): Metric {
    return this.deadLetterQueue.metricApproximateNumberOfMessagesVisible();
  }
}
