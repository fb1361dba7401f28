import { CfnOutput, Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { ENV, INDEX, OUTPUT, REFRESH_QUEUES, type RefreshQueue, SERVICE } from '#shared/deployment/names.ts';
import { EventStream } from '../parts/event-stream.ts';
import { GATEWAY_TIMEOUT, NodeFunction, ONE_CPU_MB } from '../parts/node-function.ts';
import { WorkQueue } from '../parts/queue.ts';
import { grantIndexQuery, grantTable } from '../parts/table-grants.ts';
import type { StageSettings } from '../stage-settings.ts';
import type { Api } from './api.ts';
import type { Data } from './data.ts';

/** Properties of {@link Refresh}. */
export interface RefreshProps {
  readonly settings: StageSettings;
  readonly api: Api;
  readonly data: Data;
}

/** A history of a million events is up to a thousand pages of 1 MB, at about 30 ms each; one batch may have several. */
const WORKER_TIMEOUT = Duration.minutes(5);

/** Planning reads a page of ids and sends its items: seconds, or a minute if each call is retried up to its limit. */
const PLANNER_TIMEOUT = Duration.minutes(2);

/** The effect on users when messages of a queue reach its dead-letter queue. */
const IMPACT: Readonly<Record<RefreshQueue, string>> = {
  live: 'Some contacts are not refreshed after new activity until the next refresh',
  due: 'Some contacts enter or leave time-based segments late',
  bulk: 'Some contacts keep their scores and segments from before the refresh',
};

/**
 * The refresh pipeline: a live event, the passing of time or a job sends contacts to the queue with its deadline, so that
 * none of the three delays another; workers recompute the contacts from their complete histories. The planner plans the
 * pages of jobs of every kind.
 */
export class Refresh extends Construct {
  readonly queues: Readonly<Record<RefreshQueue, WorkQueue>>;
  readonly planQueue: WorkQueue;
  readonly liveEventStream: EventStream;
  /** Plans jobs of every kind; other stages grant it the access that theirs need. */
  readonly planner: NodeFunction;

  constructor(scope: Construct, id: string, { settings, api, data }: RefreshProps) {
    super(scope, id);
    const refreshQueue = (id: string, name: RefreshQueue) =>
      new WorkQueue(this, id, { impact: IMPACT[name], timeout: WORKER_TIMEOUT });
    this.queues = {
      live: refreshQueue('LiveQueue', 'live'),
      due: refreshQueue('DueQueue', 'due'),
      bulk: refreshQueue('BulkQueue', 'bulk'),
    };
    this.planQueue = new WorkQueue(this, 'PlanQueue', {
      impact: 'A refresh, a changed segment or new scoring weights reach only part of the contacts',
      timeout: PLANNER_TIMEOUT,
    });

    this.addStart(settings, api, data);
    this.planner = this.addPlanner(settings, data);
    for (const name of REFRESH_QUEUES) this.addWorker(settings, data, name);
    this.liveEventStream = this.addLiveEvents(settings, data);
    this.addSweep(settings, data);

    for (const [name, { queue, deadLetterQueue }] of [
      ...REFRESH_QUEUES.map((queue) => [queue, this.queues[queue]] as const),
      ['plan', this.planQueue] as const,
    ]) {
      new CfnOutput(this, OUTPUT[`${name}QueueUrl`], { value: queue.queueUrl });
      new CfnOutput(this, OUTPUT[`${name}DeadLetterQueueUrl`], { value: deadLetterQueue.queueUrl });
    }
  }

  /** `POST …/refresh`. */
  private addStart(settings: StageSettings, api: Api, { identities, imports, jobs }: Data): void {
    const start = new NodeFunction(this, 'Start', {
      settings,
      folder: 'refresh/start',
      timeout: GATEWAY_TIMEOUT,
      memorySize: ONE_CPU_MB,
      environment: {
        [ENV.identitiesTable]: identities.tableName,
        [ENV.importsTable]: imports.tableName,
        [ENV.jobsTable]: jobs.tableName,
        [ENV.bulkQueueUrl]: this.queues.bulk.queue.queueUrl,
        [ENV.planQueueUrl]: this.planQueue.queue.queueUrl,
      },
    });
    grantTable(identities, start, 'BatchGetItem');
    grantTable(imports, start, 'BatchGetItem', 'BatchWriteItem', 'Query');
    grantTable(jobs, start, 'BatchWriteItem');
    this.queues.bulk.queue.grantSendMessages(start);
    this.planQueue.queue.grantSendMessages(start);
    api.serve(start);
  }

  /** The function that plans jobs. */
  private addPlanner(
    settings: StageSettings,
    { identities, companies, definitions, members, jobs }: Data,
  ): NodeFunction {
    const planner = new NodeFunction(this, 'Planner', {
      settings,
      folder: 'refresh/planner',
      timeout: PLANNER_TIMEOUT,
      environment: {
        [ENV.identitiesTable]: identities.tableName,
        [ENV.companiesTable]: companies.tableName,
        [ENV.definitionsTable]: definitions.tableName,
        [ENV.membersTable]: members.tableName,
        [ENV.jobsTable]: jobs.tableName,
        [ENV.jobWindow]: String(settings.jobWindow),
        [ENV.bulkQueueUrl]: this.queues.bulk.queue.queueUrl,
      },
    });
    grantTable(identities, planner, 'Query');
    grantTable(companies, planner, 'Query');
    grantTable(members, planner, 'Query');
    grantTable(jobs, planner, 'GetItem', 'PutItem', 'Query', 'UpdateItem');
    this.queues.bulk.queue.grantSendMessages(planner);
    this.planQueue.queue.grantSendMessages(planner);
    this.planQueue.addConsumer(planner, { batchSize: 1, maxConcurrency: 8 });
    return planner;
  }

  /** The same code for each queue, deployed separately for separate concurrency, failures and metrics. */
  private addWorker(settings: StageSettings, data: Data, name: RefreshQueue): void {
    const { identities, contacts, companies, standings, definitions, events, members, jobs } = data;
    const worker = new NodeFunction(this, `${name[0]?.toUpperCase()}${name.slice(1)}Worker`, {
      settings,
      folder: 'refresh/worker',
      role: name,
      timeout: WORKER_TIMEOUT,
      memorySize: ONE_CPU_MB,
      environment: {
        [ENV.identitiesTable]: identities.tableName,
        [ENV.contactsTable]: contacts.tableName,
        [ENV.companiesTable]: companies.tableName,
        [ENV.standingsTable]: standings.tableName,
        [ENV.definitionsTable]: definitions.tableName,
        [ENV.eventsTable]: events.tableName,
        [ENV.membersTable]: members.tableName,
        [ENV.jobsTable]: jobs.tableName,
        [ENV.planQueueUrl]: this.planQueue.queue.queueUrl,
        [ENV.service]: SERVICE[name],
      },
    });
    grantTable(identities, worker, 'BatchGetItem');
    grantTable(contacts, worker, 'BatchGetItem');
    grantTable(companies, worker, 'BatchGetItem');
    grantTable(standings, worker, 'BatchGetItem', 'UpdateItem', 'DeleteItem');
    grantTable(definitions, worker, 'GetItem', 'Query');
    grantTable(events, worker, 'Query');
    grantTable(members, worker, 'PutItem', 'DeleteItem');
    grantTable(jobs, worker, 'BatchGetItem', 'DeleteItem', 'GetItem', 'PutItem', 'UpdateItem');
    this.planQueue.queue.grantSendMessages(worker);
    this.queues[name].addConsumer(worker, { batchSize: 10, maxConcurrency: settings.refreshWorkers[name] });
  }

  /**
   * Events of the last hour, new or corrected, have their contact refreshed within seconds; older ones wait for a call of the
   * refresh endpoint.
   */
  private addLiveEvents(settings: StageSettings, { events }: Data): EventStream {
    const liveEvents = new NodeFunction(this, 'LiveEvents', {
      settings,
      folder: 'refresh/live-events',
      timeout: Duration.minutes(1),
      environment: { [ENV.liveQueueUrl]: this.queues.live.queue.queueUrl },
    });
    this.queues.live.queue.grantSendMessages(liveEvents);
    return new EventStream(this, 'LiveEventStream', {
      events,
      consumer: liveEvents,
      changes: ['INSERT', 'MODIFY'],
      impact: 'Some contacts are not refreshed after new activity until the next refresh',
    });
  }

  /** Sends contacts that are due to the due queue, every minute. */
  private addSweep(settings: StageSettings, { standings }: Data): void {
    const sweep = new NodeFunction(this, 'Sweep', {
      settings,
      folder: 'refresh/sweep',
      timeout: Duration.seconds(55),
      // The next minute's sweep finds all that a failed one has left; Lambda would otherwise repeat it twice beside that one.
      retryAttempts: 0,
      maxEventAge: Duration.minutes(1),
      environment: {
        [ENV.standingsTable]: standings.tableName,
        [ENV.dueQueueUrl]: this.queues.due.queue.queueUrl,
      },
    });
    grantIndexQuery(standings, INDEX.standingsByDue, sweep);
    this.queues.due.queue.grantSendMessages(sweep);
    new Rule(this, 'EveryMinute', {
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(sweep, { retryAttempts: 0 })],
    });
  }
}
