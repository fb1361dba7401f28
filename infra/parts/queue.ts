import { Duration } from 'aws-cdk-lib';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource, type SqsEventSourceProps } from 'aws-cdk-lib/aws-lambda-event-sources';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ENV, MAX_RECEIVES } from '#shared/deployment/names.ts';

/** Properties of {@link WorkQueue}. */
export interface WorkQueueProps {
  /** The effect on users when messages reach the dead-letter queue, as one sentence. */
  readonly impact: string;
  /** The timeout of the function that processes its messages. */
  readonly timeout: Duration;
}

/**
 * The share of its timeout in which a function processes a batch. The rest (a minute of five, 24 seconds of two) is for
 * counting and reporting: a function that Lambda terminates reports nothing, and its whole batch is redelivered.
 */
const WORK_SHARE = 0.8;

/**
 * How long messages in hand are invisible after each extension, and so the wait after a worker was killed. Workers extend it
 * four times a minute, so it lapses only if a worker is blocked, or its extensions fail, for more than half a minute. A
 * shorter hold costs more requests, and brings the messages of an overloaded worker to a second one.
 */
const HOLD = Duration.seconds(60);

/**
 * The queue's own visibility timeout, in function timeouts. It applies only until a function has begun to process its
 * messages, so it leaves Lambda time to retry a throttled invocation. Source: Lambda Developer Guide, "Creating and
 * configuring an Amazon SQS event source mapping", "Configuring a queue to use with Lambda".
 */
const TIMEOUTS_PER_VISIBILITY = 6;

/** The longest retention that SQS offers, so that there is time to fix the cause and redrive. */
const RETENTION = Duration.days(14);

/**
 * A queue whose messages go to a dead-letter queue after {@link MAX_RECEIVES} receives. Monitoring adds an alarm on the
 * dead-letter queue.
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
      retentionPeriod: RETENTION,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    });
    this.queue = new Queue(this, 'Queue', {
      visibilityTimeout: Duration.seconds(timeout.toSeconds() * TIMEOUTS_PER_VISIBILITY),
      retentionPeriod: RETENTION,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: MAX_RECEIVES },
    });
  }

  /** Has a function process the messages and sets its environment; only messages that it reports as failed are redelivered. */
  addConsumer(fn: LambdaFunction, props: SqsEventSourceProps): void {
    fn.addEnvironment(ENV.ownQueueUrl, this.queue.queueUrl);
    fn.addEnvironment(ENV.workMs, String(this.timeout.toMilliseconds() * WORK_SHARE));
    fn.addEnvironment(ENV.holdSeconds, String(HOLD.toSeconds()));
    fn.addEventSource(new SqsEventSource(this.queue, { reportBatchItemFailures: true, ...props }));
  }

  /** The number of messages that wait for a worker. */
  metricWaiting(): Metric {
    return this.queue.metricApproximateNumberOfMessagesVisible();
  }

  /** The number of messages that are invisible: a worker has them, or they wait for their next receive after a failure. */
  metricInFlight(): Metric {
    return this.queue.metricApproximateNumberOfMessagesNotVisible();
  }

  /** The age of the oldest message, in seconds. */
  metricAge(): Metric {
    return this.queue.metricApproximateAgeOfOldestMessage();
  }

  /** The number of messages in the dead-letter queue. */
  metricDeadLetters(): Metric {
    return this.deadLetterQueue.metricApproximateNumberOfMessagesVisible();
  }
}
