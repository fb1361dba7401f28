import { Duration } from 'aws-cdk-lib';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource, type SqsEventSourceProps } from 'aws-cdk-lib/aws-lambda-event-sources';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { MAX_RECEIVES } from '#shared/deployment/names.ts';

/** What a queue needs. */
export interface WorkQueueProps {
  /** What it means to a user when messages end in the dead-letter queue, as one sentence. */
  readonly impact: string;
  /** The longest that its function works on a batch. */
  readonly workTime: Duration;
}

/** Dead letters are kept as long as SQS keeps anything: time enough to mend and redrive. */
const KEPT = Duration.days(14);

/**
 * A queue whose messages are tried {@link MAX_RECEIVES} times and then kept in a dead-letter queue, of which somebody is
 * told.
 */
export class WorkQueue extends Construct {
  readonly queue: IQueue;
  readonly deadLetterQueue: IQueue;
  readonly impact: string;

  constructor(scope: Construct, id: string, { impact, workTime }: WorkQueueProps) {
    super(scope, id);
    this.impact = impact;
    this.deadLetterQueue = new Queue(this, 'DeadLetters', {
      retentionPeriod: KEPT,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    });
    this.queue = new Queue(this, 'Queue', {
      // A message that nobody has finished by then belongs to a worker that died.
      visibilityTimeout: workTime.plus(Duration.seconds(30)),
      retentionPeriod: KEPT,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: MAX_RECEIVES },
    });
  }

  /** Has a function work on the messages; what it reports as failed comes back alone. */
  work(fn: IFunction, props: SqsEventSourceProps): void {
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
