import { Annotations, RemovalPolicies, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { CfnGlobalTable } from 'aws-cdk-lib/aws-dynamodb';
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { warnOfSmallAccount } from './parts/concurrency.ts';
import { missingSettings, type StageSettings } from './stage-settings.ts';
import { Analytics } from './stages/analytics.ts';
import { Api } from './stages/api.ts';
import { Clients } from './stages/clients.ts';
import { Data } from './stages/data.ts';
import { Define } from './stages/define.ts';
import { Ingest } from './stages/ingest.ts';
import { Monitoring } from './stages/monitoring.ts';
import { Query } from './stages/query.ts';
import { Refresh } from './stages/refresh.ts';

/** Properties of {@link BackendStack}. */
export interface BackendStackProps extends StackProps {
  readonly settings: StageSettings;
}

/** What holds data: rows, messages and logs. It outlives a stage that keeps its data, and goes with any other. */
const WITH_DATA = [CfnGlobalTable, CfnQueue, CfnLogGroup].map(
  ({ CFN_RESOURCE_TYPE_NAME }) => CFN_RESOURCE_TYPE_NAME,
);

/** The whole service: one construct for each stage, in the order in which data flows through them, except
 * that the queues of refreshes come before those who send to them. */
export class BackendStack extends Stack {
  constructor(scope: Construct, id: string, { settings, ...props }: BackendStackProps) {
    super(scope, id, { ...props, terminationProtection: settings.keepData });
    RemovalPolicies.of(this).apply(settings.keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY, {
      applyToResourceTypes: WITH_DATA,
    });
    // An error of the stack, not an exception: the template is still written and can be inspected, but not deployed.
    for (const sentence of missingSettings(settings)) Annotations.of(this).addError(sentence);
    warnOfSmallAccount(this, settings);

    const data = new Data(this, 'Data', { settings });
    const api = new Api(this, 'Api', { settings, keys: data.keys });
    const refresh = new Refresh(this, 'Refresh', { settings, api, data });
    const ingest = new Ingest(this, 'Ingest', { settings, api, data, refresh });
    const clients = new Clients(this, 'Clients', { settings, api, data, refresh });
    const analytics = new Analytics(this, 'Analytics', { settings, data, refresh });
    new Define(this, 'Define', { settings, api, data, refresh });
    new Query(this, 'Query', { settings, api, data });
    new Monitoring(this, 'Monitoring', { settings, api, data, ingest, clients, refresh, analytics });
  }
}
