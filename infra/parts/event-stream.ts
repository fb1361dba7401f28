import { Duration, Validations } from 'aws-cdk-lib';
import { type Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import {
  EventSourceMapping,
  FilterCriteria,
  FilterRule,
  type Function as LambdaFunction,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda';
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ENV } from '#shared/deployment/names.ts';

/** What happened to an item. An identical event that is sent again produces no record; a corrected one is modified. */
export type EventChange = 'INSERT' | 'MODIFY';

/** Properties of {@link EventStream}. */
export interface EventStreamProps {
  readonly events: ITableV2;
  readonly consumer: LambdaFunction;
  /** The changes that are delivered. */
  readonly changes: readonly EventChange[];
  /** The effect on users when records reach the dead-letter queue, as one sentence. */
  readonly impact: string;
  /** How long Lambda collects records before it calls the consumer. @default - it does not wait */
  readonly window?: Duration;
}

/**
 * How long a failed batch is retried. The stream keeps a record for 24 hours; what is given up before is at least known,
 * since it goes to the dead-letter queue. Also the age from which Lambda delivers a record no more.
 */
const MAX_AGE = Duration.hours(20);

/**
 * Delivers changes of the event table to a function. The function itself sends records that it can never process to the
 * dead-letter queue, identified by their keys, and throws on all other failures. Lambda retries those without a limit of
 * attempts, since an outage must lose nothing, and splits the batch: if only some record makes the function fail, the
 * records before it are processed. Those behind it in its lane wait until it is too old; then it, and what was created
 * within one retry pause after it, are given up. Without partial responses: the function recognises what it has done, and
 * a response would only move the point at which a batch is split.
 * Source: Lambda developer guide, "Configuring partial batch response with DynamoDB and Lambda" and "Lambda parameters for
 * Amazon DynamoDB event source mappings".
 */
export class EventStream extends Construct {
  readonly deadLetterQueue: IQueue;
  readonly impact: string;
  private readonly consumer: LambdaFunction;

  constructor(scope: Construct, id: string, { events, consumer, changes, impact, window }: EventStreamProps) {
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
    // Not `addEventSource`, whose logical id contains that of the table: when a restored table is imported (docs/runbook.md), a
    // second mapping of the same stream and function would be created before the first is deleted, which Lambda refuses.
    new EventSourceMapping(this, 'Mapping', {
      target: consumer,
      eventSourceArn: events.tableStreamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 1_000,
      maxBatchingWindow: window,
      bisectBatchOnError: true,
      maxRecordAge: MAX_AGE,
      parallelizationFactor: 4,
      onFailure: new SqsDlq(this.deadLetterQueue),
      filters: [FilterCriteria.filter({ eventName: FilterRule.or(...changes) })],
    });
    events.grantStreamRead(consumer);
    // The mapping has granted the function to send to the queue.
    consumer.addEnvironment(ENV.deadLetterQueueUrl, this.deadLetterQueue.queueUrl);
  }

  /** How far the consumer is behind the stream, in milliseconds. */
  metricAge(): Metric {
    return this.consumer.metric('IteratorAge', { statistic: Stats.MAXIMUM });
  }

  /** The number of messages in the dead-letter queue: records that the function has set aside, and batches that were too old. */
  metricDeadLetters(): Metric {
    return this.deadLetterQueue.metricApproximateNumberOfMessagesVisible();
  }
}
