import { CfnOutput, Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { ENV, OUTPUT } from '#shared/deployment/names.ts';
import { GATEWAY_TIMEOUT, NodeFunction, ONE_CPU_MB, QUIET } from '../parts/node-function.ts';
import { WorkQueue } from '../parts/queue.ts';
import { grantTable } from '../parts/table-grants.ts';
import type { StageSettings } from '../stage-settings.ts';
import type { Api } from './api.ts';
import type { Data } from './data.ts';
import { grantLinking, linkingEnvironment } from './ingest.ts';
import type { Refresh } from './refresh.ts';

/** Properties of {@link Clients}. */
export interface ClientsProps {
  readonly settings: StageSettings;
  readonly api: Api;
  readonly data: Data;
  readonly refresh: Refresh;
}

/** Receipts say that an import was interrupted which is open for longer than this: see `openAtMostMs`. */
const COLLECT_TIMEOUT = Duration.minutes(2);

/**
 * Records that a function receives at most, and how long they are collected. A single message so costs its share of a receipt, and
 * is stored within a second or two. Source: Lambda Developer Guide, "Creating and configuring an Amazon SQS event source mapping":
 * at most 10,000 of a standard queue, and at least a second for more than ten.
 */
const TOGETHER = { batchSize: 10_000, maxBatchingWindow: Duration.seconds(1) };

/** The environment of functions that import messages, which change companies beside contacts and refresh their members. */
const messageEnvironment = (data: Data, refresh: Refresh): Record<string, string> => ({
  ...linkingEnvironment(data, refresh),
  [ENV.companiesTable]: data.companies.tableName,
  [ENV.definitionsTable]: data.definitions.tableName,
  [ENV.jobsTable]: data.jobs.tableName,
  [ENV.planQueueUrl]: refresh.planQueue.queue.queueUrl,
});

/** Grants what {@link messageEnvironment} is for. */
const grantMessageImport = (fn: NodeFunction, data: Data, refresh: Refresh): void => {
  grantLinking(fn, data, refresh);
  grantTable(data.companies, fn, 'BatchGetItem', 'BatchWriteItem', 'PutItem');
  grantTable(data.definitions, fn, 'GetItem', 'Query');
  grantTable(data.jobs, fn, 'BatchGetItem', 'BatchWriteItem', 'GetItem', 'UpdateItem');
  refresh.planQueue.queue.grantSendMessages(fn);
};

/** The endpoints for vendors' clients: their messages are accepted into a queue, and collected into imports. */
export class Clients extends Construct {
  readonly queue: WorkQueue;
  /** The function that takes requests. */
  readonly accept: NodeFunction;
  /** The function that imports collected messages. */
  readonly collect: NodeFunction;
  /** The function that imports uploaded files. */
  readonly upload: NodeFunction;

  constructor(scope: Construct, id: string, { settings, api, data, refresh }: ClientsProps) {
    super(scope, id);
    this.queue = new WorkQueue(this, 'Messages', {
      impact: 'Messages of clients that were accepted are not stored',
      timeout: COLLECT_TIMEOUT,
    });

    this.accept = new NodeFunction(this, 'Accept', {
      settings,
      ...QUIET,
      folder: 'clients/accept',
      memorySize: ONE_CPU_MB,
      timeout: GATEWAY_TIMEOUT,
      environment: {
        [ENV.keysTable]: data.keys.tableName,
        [ENV.messageQueueUrl]: this.queue.queue.queueUrl,
        [ENV.liveRatePerSecond]: String(settings.liveRatePerSecond),
      },
    });
    grantTable(data.keys, this.accept, 'GetItem', 'UpdateItem');
    this.queue.queue.grantSendMessages(this.accept);
    api.serveOthers(this.accept);

    this.collect = new NodeFunction(this, 'Collect', {
      settings,
      folder: 'clients/collect',
      memorySize: ONE_CPU_MB,
      timeout: COLLECT_TIMEOUT,
      environment: messageEnvironment(data, refresh),
    });
    grantMessageImport(this.collect, data, refresh);
    this.queue.addConsumer(this.collect, { ...TOGETHER, maxConcurrency: settings.collectors });

    this.upload = new NodeFunction(this, 'LeadVibe', {
      settings,
      folder: 'clients/leadvibe',
      memorySize: ONE_CPU_MB,
      timeout: GATEWAY_TIMEOUT,
      environment: {
        ...messageEnvironment(data, refresh),
        [ENV.keysTable]: data.keys.tableName,
        [ENV.bulkQueueUrl]: refresh.queues.bulk.queue.queueUrl,
        [ENV.uploadRatePerSecond]: String(settings.throttle.ratePerSecond),
      },
    });
    grantMessageImport(this.upload, data, refresh);
    grantTable(data.keys, this.upload, 'GetItem', 'UpdateItem');
    refresh.queues.bulk.queue.grantSendMessages(this.upload);
    api.serveUpload(this.upload);

    new CfnOutput(this, OUTPUT.messageQueueUrl, { value: this.queue.queue.queueUrl });
    new CfnOutput(this, OUTPUT.messageDeadLetterQueueUrl, { value: this.queue.deadLetterQueue.queueUrl });
  }
}
