import { CfnOutput, Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { ENV, INDEX, OUTPUT } from '#shared/deployment/names.ts';
import { EventStream } from '../parts/event-stream.ts';
import { GATEWAY_TIMEOUT, NodeFunction, ONE_CPU_MB } from '../parts/node-function.ts';
import { WorkQueue } from '../parts/queue.ts';
import { grantIndexQuery, grantTable } from '../parts/table-grants.ts';
import type { StageSettings } from '../stage-settings.ts';
import type { Api } from './api.ts';
import type { Data } from './data.ts';

/** What refreshing needs. */
export interface RefreshProps {
  readonly settings: StageSettings;
  readonly api: Api;
  readonly data: Data;
}

/** A history of a million events is a thousand pages of 1 MB, at 30 ms or so each; several may meet in one batch. */
const WORKER_TIME = Duration.minutes(5);

/** Planning reads a page of an index and sends its contacts. */
const PLANNER_TIME = Duration.minutes(1);

/**
 * The refresh pipeline: a call, a live event or the passing of time puts contacts into the refresh queue; workers
 * recompute them from their whole histories. The planner finds the contacts of jobs that are of everyone.
 */
export class Refresh extends Construct {
  readonly refreshQueue: WorkQueue;
  readonly planQueue: WorkQueue;
  readonly liveEventStream: EventStream;

  constructor(scope: Construct, id: string, { settings, api, data }: RefreshProps) {
    super(scope, id);
    this.refreshQueue = new WorkQueue(this, 'RefreshQueue', {
      impact: 'Some contacts keep the scores and segments that they had before their refresh',
      workTime: WORKER_TIME,
    });
    this.planQueue = new WorkQueue(this, 'PlanQueue', {
      impact: 'A new or changed segment, or new scoring weights, reach only part of the contacts',
      workTime: PLANNER_TIME,
    });

    this.addStart(settings, api, data);
    this.addPlanner(settings, data);
    this.addWorker(settings, data);
    this.liveEventStream = this.addLiveEvents(settings, data);
    this.addSweep(settings, data);

    new CfnOutput(this, OUTPUT.refreshQueueUrl, { value: this.refreshQueue.queue.queueUrl });
    new CfnOutput(this, OUTPUT.refreshDeadLetterQueueUrl, {
      value: this.refreshQueue.deadLetterQueue.queueUrl,
    });
    new CfnOutput(this, OUTPUT.planQueueUrl, { value: this.planQueue.queue.queueUrl });
    new CfnOutput(this, OUTPUT.planDeadLetterQueueUrl, { value: this.planQueue.deadLetterQueue.queueUrl });
  }

  /** `POST …/refresh`, and how far it is. */
  private addStart(settings: StageSettings, api: Api, { contacts, imports, refreshes }: Data): void {
    const start = new NodeFunction(this, 'Start', {
      settings,
      folder: 'refresh/start',
      timeout: GATEWAY_TIMEOUT,
      memorySize: ONE_CPU_MB,
      environment: {
        [ENV.contactsTable]: contacts.tableName,
        [ENV.importsTable]: imports.tableName,
        [ENV.refreshesTable]: refreshes.tableName,
        [ENV.refreshQueueUrl]: this.refreshQueue.queue.queueUrl,
      },
    });
    grantTable(contacts, start, 'BatchGetItem');
    grantTable(imports, start, 'BatchGetItem', 'BatchWriteItem', 'Query');
    grantTable(refreshes, start, 'PutItem');
    this.refreshQueue.queue.grantSendMessages(start);
    api.addRoute('POST', '/v1/contacts/backfill/refresh', start);
  }

  private addPlanner(settings: StageSettings, { contacts, definitions, members, refreshes }: Data): void {
    const planner = new NodeFunction(this, 'Planner', {
      settings,
      folder: 'refresh/planner',
      timeout: PLANNER_TIME,
      environment: {
        [ENV.contactsTable]: contacts.tableName,
        [ENV.definitionsTable]: definitions.tableName,
        [ENV.membersTable]: members.tableName,
        [ENV.refreshesTable]: refreshes.tableName,
        [ENV.refreshQueueUrl]: this.refreshQueue.queue.queueUrl,
        [ENV.planQueueUrl]: this.planQueue.queue.queueUrl,
      },
    });
    grantIndexQuery(contacts, INDEX.contactsByOrg, planner);
    grantTable(members, planner, 'Query');
    grantTable(refreshes, planner, 'GetItem', 'PutItem');
    this.refreshQueue.queue.grantSendMessages(planner);
    this.planQueue.queue.grantSendMessages(planner);
    this.planQueue.work(planner, { batchSize: 1, maxConcurrency: 8 });
  }

  private addWorker(settings: StageSettings, data: Data): void {
    const { contacts, definitions, events, members, refreshes } = data;
    const worker = new NodeFunction(this, 'Worker', {
      settings,
      folder: 'refresh/worker',
      timeout: WORKER_TIME,
      memorySize: ONE_CPU_MB,
      environment: {
        [ENV.contactsTable]: contacts.tableName,
        [ENV.definitionsTable]: definitions.tableName,
        [ENV.eventsTable]: events.tableName,
        [ENV.membersTable]: members.tableName,
        [ENV.refreshesTable]: refreshes.tableName,
        [ENV.refreshQueueUrl]: this.refreshQueue.queue.queueUrl,
      },
    });
    grantTable(contacts, worker, 'BatchGetItem', 'UpdateItem');
    grantTable(definitions, worker, 'ConditionCheckItem', 'Query');
    grantTable(events, worker, 'Query');
    grantTable(members, worker, 'PutItem', 'DeleteItem');
    grantTable(refreshes, worker, 'UpdateItem');
    this.refreshQueue.work(worker, { batchSize: 10, maxConcurrency: settings.refreshWorkers });
  }

  /** Historical events wait for the call; those of the last hour have their contact refreshed within seconds. */
  private addLiveEvents(settings: StageSettings, { events }: Data): EventStream {
    const liveEvents = new NodeFunction(this, 'LiveEvents', {
      settings,
      folder: 'refresh/live-events',
      timeout: Duration.minutes(1),
      environment: { [ENV.refreshQueueUrl]: this.refreshQueue.queue.queueUrl },
    });
    this.refreshQueue.queue.grantSendMessages(liveEvents);
    return new EventStream(this, 'LiveEventStream', {
      events,
      consumer: liveEvents,
      impact: 'Some contacts are not refreshed by what they do, until a refresh is asked for',
    });
  }

  private addSweep(settings: StageSettings, { contacts }: Data): void {
    const sweep = new NodeFunction(this, 'Sweep', {
      settings,
      folder: 'refresh/sweep',
      timeout: Duration.seconds(55),
      environment: {
        [ENV.contactsTable]: contacts.tableName,
        [ENV.refreshQueueUrl]: this.refreshQueue.queue.queueUrl,
      },
    });
    grantIndexQuery(contacts, INDEX.contactsByDue, sweep);
    this.refreshQueue.queue.grantSendMessages(sweep);
    new Rule(this, 'EveryMinute', {
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(sweep, { retryAttempts: 0 })],
    });
  }
}
