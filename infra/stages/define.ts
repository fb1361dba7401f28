import { Construct } from 'constructs';
import { ENV } from '#shared/deployment/names.ts';
import { GATEWAY_TIMEOUT, NodeFunction } from '../parts/node-function.ts';
import { grantTable } from '../parts/table-grants.ts';
import type { StageSettings } from '../stage-settings.ts';
import type { Api } from './api.ts';
import type { Data } from './data.ts';
import type { Refresh } from './refresh.ts';

/** Properties of {@link Define}. */
export interface DefineProps {
  readonly settings: StageSettings;
  readonly api: Api;
  readonly data: Data;
  readonly refresh: Refresh;
}

/** The definitions of an organisation: segments and scoring. Each change starts a job over all contacts. */
export class Define extends Construct {
  constructor(scope: Construct, id: string, { settings, api, data, refresh }: DefineProps) {
    super(scope, id);
    const { definitions, members, jobs } = data;
    const { queue } = refresh.planQueue;

    const segments = new NodeFunction(this, 'Segments', {
      settings,
      folder: 'define/segments',
      timeout: GATEWAY_TIMEOUT,
      environment: {
        [ENV.definitionsTable]: definitions.tableName,
        [ENV.membersTable]: members.tableName,
        [ENV.jobsTable]: jobs.tableName,
        [ENV.planQueueUrl]: queue.queueUrl,
      },
    });
    grantTable(definitions, segments, 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem');
    grantTable(members, segments, 'Query');
    grantTable(jobs, segments, 'BatchGetItem', 'BatchWriteItem', 'GetItem', 'Query', 'UpdateItem');
    queue.grantSendMessages(segments);
    api.serve(segments);

    const scoring = new NodeFunction(this, 'Scoring', {
      settings,
      folder: 'define/scoring',
      timeout: GATEWAY_TIMEOUT,
      environment: {
        [ENV.definitionsTable]: definitions.tableName,
        [ENV.jobsTable]: jobs.tableName,
        [ENV.planQueueUrl]: queue.queueUrl,
      },
    });
    grantTable(definitions, scoring, 'GetItem', 'PutItem', 'UpdateItem');
    grantTable(jobs, scoring, 'BatchGetItem', 'BatchWriteItem', 'GetItem', 'UpdateItem');
    queue.grantSendMessages(scoring);
    api.serve(scoring);
  }
}
