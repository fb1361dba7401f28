import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { CustomDomain } from './parts/custom-domain.ts';
import type { StageSettings } from './stage-settings.ts';
import { Analytics } from './stages/analytics.ts';
import { Api } from './stages/api.ts';
import { Data } from './stages/data.ts';
import { Define } from './stages/define.ts';
import { Ingest } from './stages/ingest.ts';
import { Monitoring } from './stages/monitoring.ts';
import { Query } from './stages/query.ts';
import { Refresh } from './stages/refresh.ts';

/** Properties of {@link BackendStack}. */
export interface BackendStackProps extends StackProps {
  readonly settings: StageSettings;
  /** @default - the host name that API Gateway assigns */
  readonly customDomain?: CustomDomain | undefined;
}

/** The whole service: one construct for each stage, in the order in which data flows through them. */
export class BackendStack extends Stack {
  constructor(scope: Construct, id: string, { settings, customDomain, ...props }: BackendStackProps) {
    super(scope, id, { ...props, terminationProtection: settings.keepData });

    const data = new Data(this, 'Data', { settings });
    const api = new Api(this, 'Api', { settings, keys: data.keys, customDomain });
    const ingest = new Ingest(this, 'Ingest', { settings, api, data });
    const refresh = new Refresh(this, 'Refresh', { settings, api, data });
    const analytics = new Analytics(this, 'Analytics', { settings, data, refresh });
    new Define(this, 'Define', { settings, api, data, refresh });
    new Query(this, 'Query', { settings, api, data });
    new Monitoring(this, 'Monitoring', { settings, api, data, ingest, refresh, analytics });
  }
}
