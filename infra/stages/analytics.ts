import { CfnOutput, Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { ENV, OUTPUT } from '#shared/deployment/names.ts';
import { EventStream } from '../parts/event-stream.ts';
import { NodeFunction, ONE_CPU_MB } from '../parts/node-function.ts';
import { WorkQueue } from '../parts/queue.ts';
import { grantTable } from '../parts/table-grants.ts';
import type { StageSettings } from '../stage-settings.ts';
import type { Data } from './data.ts';
import type { Refresh } from './refresh.ts';

/** Properties of {@link Analytics}. */
export interface AnalyticsProps {
  readonly settings: StageSettings;
  readonly data: Data;
  readonly refresh: Refresh;
}

/**
 * How long Lambda collects records: all events counted in one transaction share its write units, and a delay of a few seconds
 * does not matter in a chart.
 */
const BATCHING_WINDOW = Duration.seconds(5);

/** Lambda's maximum: some tasks of a rebuild process millions of items. */
const REBUILD_TIMEOUT = Duration.minutes(15);

/**
 * Counts events by the dates on which they occurred. With this consumer the stream of the event table has two, the maximum
 * that DynamoDB recommends. Rebuilds are jobs that count again from the stored events.
 */
export class Analytics extends Construct {
  readonly eventStream: EventStream;
  readonly rebuildQueue: WorkQueue;

  constructor(scope: Construct, id: string, { settings, data, refresh }: AnalyticsProps) {
    super(scope, id);
    const { events, rollups } = data;
    const count = new NodeFunction(this, 'Count', {
      settings,
      folder: 'analytics/count',
      timeout: Duration.minutes(1),
      memorySize: ONE_CPU_MB,
      environment: { [ENV.rollupsTable]: rollups.tableName },
    });
    grantTable(rollups, count, 'BatchGetItem', 'ConditionCheckItem', 'PutItem', 'Query', 'UpdateItem');
    this.eventStream = new EventStream(this, 'EventStream', {
      events,
      consumer: count,
      // A corrected event has been counted when it was new: kind, type and time are part of its key.
      changes: ['INSERT'],
      impact: 'Some events are missing from the charts until the charts of their organisations are rebuilt',
      window: BATCHING_WINDOW,
    });

    this.rebuildQueue = new WorkQueue(this, 'RebuildQueue', {
      impact: 'A rebuild of charts has failed; the charts remain as they were before it',
      timeout: REBUILD_TIMEOUT,
    });
    this.addRebuild(settings, data, refresh);
  }

  private addRebuild(settings: StageSettings, { events, jobs, rollups }: Data, refresh: Refresh): void {
    const { queue, deadLetterQueue } = this.rebuildQueue;
    const { planQueue, planner } = refresh;
    const worker = new NodeFunction(this, 'Rebuild', {
      settings,
      folder: 'analytics/rebuild',
      timeout: REBUILD_TIMEOUT,
      memorySize: ONE_CPU_MB,
      environment: {
        [ENV.eventsTable]: events.tableName,
        [ENV.jobsTable]: jobs.tableName,
        [ENV.rollupsTable]: rollups.tableName,
        [ENV.planQueueUrl]: planQueue.queue.queueUrl,
      },
    });
    grantTable(events, worker, 'Query');
    grantTable(jobs, worker, 'BatchGetItem', 'DeleteItem', 'GetItem', 'PutItem', 'UpdateItem');
    grantTable(rollups, worker, 'BatchGetItem', 'BatchWriteItem', 'PutItem', 'Query');
    planQueue.queue.grantSendMessages(worker);
    // A message has up to twenty contacts, and a worker reads enough of them at once to stay busy.
    this.rebuildQueue.addConsumer(worker, { batchSize: 1, maxConcurrency: settings.rebuildWorkers });

    planner.addEnvironment(ENV.rollupsTable, rollups.tableName);
    planner.addEnvironment(ENV.rebuildQueueUrl, queue.queueUrl);
    grantTable(rollups, planner, 'BatchGetItem', 'PutItem');
    queue.grantSendMessages(planner);

    new CfnOutput(this, OUTPUT.rebuildQueueUrl, { value: queue.queueUrl });
    new CfnOutput(this, OUTPUT.rebuildDeadLetterQueueUrl, { value: deadLetterQueue.queueUrl });
  }
}
