import { Duration } from 'aws-cdk-lib';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource, type SqsEventSourceProps } from 'aws-cdk-lib/aws-lambda-event-sources';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ENV, MAX_RECEIVES } from '#shared/deployment/names.ts';

/** What a queue needs. */
export interface WorkQueueProps {
  /** What it means to a user when messages end in the dead-letter queue, as one sentence. */
  readonly impact: string;
  /** The timeout of its function. */
  readonly timeout: Duration;
}

/**
 * The part of its timeout that a function works on a batch. With the rest (a minute of five, 24 seconds of two) it counts
 * and reports what was done: one that Lambda ends reports nothing, and its whole batch comes back.
 */
const WORK_SHARE = 0.8;

/** Dead letters are kept as long as SQS keeps anything: time enough to mend and redrive. */
const KEPT = Duration.days(14);

/**
 * A queue whose messages are received {@link MAX_RECEIVES} times at most and then kept in a dead-letter queue, which has an
 * alarm.
 */
export class WorkQueue extends Construct {
  readonly queue: IQueue;
  readonly deadLetterQueue: IQueue;
  readonly impact: string;
  private readonly timeout: Duration;

  constructor(scope: Construct, id: string, { impact, timeout }: WorkQueueProps) {
    super(scope, id);
    this.impact = impact;
    this.timeout = timeout;
    this.deadLetterQueue = new Queue(this, 'DeadLetters', {
      retentionPeriod: KEPT,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    });
    this.queue = new Queue(this, 'Queue', {
      // A message that nobody has finished by then belongs to a worker that died.
      visibilityTimeout: timeout.plus(Duration.seconds(30)),
      retentionPeriod: KEPT,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: MAX_RECEIVES },
    });
  }

  /** Has a function process the messages, and tells it what it needs for that; what it reports as failed comes back alone. */
  work(fn: LambdaFunction, props: SqsEventSourceProps): void {
    fn.addEnvironment(ENV.ownQueueUrl, this.queue.queueUrl);
    fn.addEnvironment(ENV.workMs, String(this.timeout.toMilliseconds() * WORK_SHARE));
    fn.addEventSource(new SqsEventSource(this.queue, { reportBatchItemFailures: true, ...props }));
  }

  /** Messages that wait for a worker. */
  metricWaiting(): Metric {
    return this.queue.metricApproximateNumberOfMessagesVisible();
  }

  /** How long the oldest message waits, in seconds. */
  metricAge(): Metric {
    return this.queue.metricApproximateAgeOfOldestMessage();
  }

  /** Messages that were given up. */
  metricDeadLetters(): Metric {
    return this.deadLetterQueue.metricApproximateNumberOfMessagesVisible();
  }
}
