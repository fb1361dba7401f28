import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { NodeFunction } from '#infra/parts/node-function.ts';
import { stageSettings } from '#infra/stage-settings.ts';
import { Api } from '#infra/stages/api.ts';
import { OPERATIONS } from '#shared/contract/operations.ts';
import { MISROUTED } from '#shared/contract/paths.ts';

import { ENV } from '#shared/deployment/names.ts';
import { EVENT_KINDS, IMPORTED_KINDS } from '#shared/events/kinds.ts';
import { makeStack, methodsOf, type Resource, resourcesOf, templateOf } from '#test/support/template.ts';

const production = templateOf('production');
const temporary = templateOf('trial');
const all = (type: string): [string, Resource][] => Object.entries(resourcesOf(production, type));

/** The policy statements of all roles, each with its policy's logical id. */
const statements = (): [string, { Action: string | string[]; Resource: unknown }][] =>
  all('AWS::IAM::Policy').flatMap(([id, { Properties }]) =>
    Properties.PolicyDocument.Statement.map((statement: object) => [id, statement] as never),
  );

const methods = () => methodsOf(production);

/** Variables that configure Node, not the functions. */
const FOR_NODE = new Set(['NODE_OPTIONS', 'AWS_NODEJS_CONNECTION_REUSE_ENABLED']);

describe('functions', () => {
  it.each(all('AWS::Lambda::Function'))(
    '%s runs Node 24 on arm64, with tracing and its own log group',
    (_, fn) => {
      expect(fn.Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        TracingConfig: { Mode: 'Active' },
        LoggingConfig: { LogFormat: 'JSON', LogGroup: expect.anything() },
      });
    },
  );

  it('have only environment variables whose names are listed in ENV', () => {
    const known = new Set<string>(Object.values(ENV));

    const variables = all('AWS::Lambda::Function').flatMap(([, { Properties }]) =>
      Object.keys(Properties.Environment?.Variables ?? {}),
    );

    expect(variables).toContain(ENV.workMs);
    expect(variables.filter((name) => !known.has(name) && !FOR_NODE.has(name))).toEqual([]);
  });
});

/** The functions that create, link and change contacts. */
const LINKING = ['ClientsCollect', 'ClientsLeadVibe', 'IngestContacts'];

describe('permissions', () => {
  it('apply to all resources only for sending traces', () => {
    const onEverything = statements().filter(([, { Resource }]) => JSON.stringify(Resource).includes('"*"'));

    const actions = new Set(onEverything.flatMap(([, { Action }]) => Action));

    expect([...actions].sort()).toEqual(['xray:PutTelemetryRecords', 'xray:PutTraceSegments']);
  });

  it('have no wildcards in actions', () => {
    const wild = statements().filter(([, { Action }]) =>
      [Action].flat().some((action) => action.includes('*')),
    );

    expect(wild).toEqual([]);
  });

  it('never include scanning a table', () => {
    const actions = statements().flatMap(([, { Action }]) => Action);

    expect(actions.filter((action) => /Scan|PartiQLSelect/.test(action))).toEqual([]);
  });

  it.each([
    [
      'DataEvents',
      [
        'ClientsCollect',
        'ClientsLeadVibe',
        'IngestContacts',
        'IngestEmailEvents',
        'IngestLocationHistoryEvents',
        'IngestLocationInterestsEvents',
        'IngestTrackEvents',
        'IngestWebEvents',
      ],
    ],
    ['DataContacts', ['ClientsCollect', 'ClientsLeadVibe', 'IngestContacts']],
    ['DataIdentities', ['ClientsCollect', 'ClientsLeadVibe', 'IngestContacts']],
    ['DataDefinitions', ['DefineScoring', 'DefineSegments']],
    ['DataMembers', [...LINKING, 'RefreshBulkWorker', 'RefreshDueWorker', 'RefreshLiveWorker']],
    ['DataStandings', [...LINKING, 'RefreshBulkWorker', 'RefreshDueWorker', 'RefreshLiveWorker']],
  ])('allow only its owners to write to %s', (table, owners) => {
    const writers = statements()
      .filter(
        ([, { Action, Resource }]) =>
          [Action].flat().some((action) => /Write|Put|Update|Delete|Insert/.test(action)) &&
          JSON.stringify(Resource).includes(table),
      )
      .map(([id]) => id.replace(/RoleDefaultPolicy.*/, ''));

    expect(writers.sort()).toEqual(owners);
  });

  // A transaction needs the permissions of its actions: Developer Guide, "Using IAM with DynamoDB transactions".
  it.each([
    ['DefineSegments', ['DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem']],
    ['DefineScoring', ['GetItem', 'PutItem', 'UpdateItem']],
    ['RefreshLiveWorker', ['GetItem', 'Query']],
    ['RefreshDueWorker', ['GetItem', 'Query']],
    ['RefreshBulkWorker', ['GetItem', 'Query']],
  ])('allow %s exactly what it does with definitions and their version', (owner, actions) => {
    const granted = statements().filter(
      ([id, { Resource }]) => id.startsWith(owner) && JSON.stringify(Resource).includes('DataDefinitions'),
    );

    expect(granted.flatMap(([, { Action }]) => Action)).toEqual(
      actions.map((action) => `dynamodb:${action}`),
    );
  });

  it.each([
    ['QueryCompanies', ['GetItem', 'Query']],
    ['QueryContacts', ['BatchGetItem']],
    ['RefreshPlanner', ['Query']],
    ['RefreshLiveWorker', ['BatchGetItem']],
    ['RefreshDueWorker', ['BatchGetItem']],
    ['RefreshBulkWorker', ['BatchGetItem']],
  ])('allow %s exactly the reads of companies that it makes', (owner, actions) => {
    const granted = statements().filter(
      ([id, { Resource }]) => id.startsWith(owner) && JSON.stringify(Resource).includes('DataCompanies'),
    );

    expect(granted.flatMap(([, { Action }]) => Action)).toEqual(
      actions.map((action) => `dynamodb:${action}`),
    );
  });

  it('allow the import of contacts to create standings, to change their identities and to remove them', () => {
    const ofImports = statements().filter(
      ([id, { Resource }]) =>
        id.startsWith('IngestContacts') && JSON.stringify(Resource).includes('DataStandings'),
    );

    expect(ofImports.flatMap(([, { Action }]) => Action).sort()).toEqual(
      ['BatchGetItem', 'DeleteItem', 'PutItem', 'UpdateItem'].map((action) => `dynamodb:${action}`),
    );
  });
});

describe('tables', () => {
  const tables = all('AWS::DynamoDB::GlobalTable');

  it.each(tables)(
    '%s survives the deletion of the production stack, protected and restorable',
    (_, table) => {
      expect(table.DeletionPolicy).toBe('Retain');
      expect(table.Properties.Replicas).toEqual([
        expect.objectContaining({
          DeletionProtectionEnabled: true,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        }),
      ]);
      expect(table.Properties.BillingMode).toBe('PAY_PER_REQUEST');
    },
  );

  it('of a temporary stage are not protected', () => {
    const replicas = Object.values(resourcesOf(temporary, 'AWS::DynamoDB::GlobalTable')).flatMap(
      ({ Properties }) => Properties.Replicas,
    );

    expect(replicas.filter(({ DeletionProtectionEnabled }) => DeletionProtectionEnabled)).toEqual([]);
  });
});

describe('a custom domain', () => {
  it('serves the API under the same paths', () => {
    const certificateArn = 'arn:aws:acm:eu-west-1:111122223333:certificate/one';
    const { stack } = makeStack('production', {
      domain: { name: 'api.example.com', certificateArn },
    });

    const template = Template.fromStack(stack);

    template.hasResourceProperties('AWS::ApiGateway::DomainName', {
      DomainName: 'api.example.com',
      RegionalCertificateArn: certificateArn,
      SecurityPolicy: 'TLS_1_2',
    });
  });

  it('serves them with /api in front and without, by two mappings to the same stage', () => {
    const certificateArn = 'arn:aws:acm:eu-west-1:111122223333:certificate/one';
    const { stack } = makeStack('production', { domain: { name: 'api.example.com', certificateArn } });

    const mappings = Object.values(
      resourcesOf(Template.fromStack(stack), 'AWS::ApiGateway::BasePathMapping'),
    ).map(({ Properties }) => Properties);

    expect(mappings.map(({ BasePath }) => BasePath)).toEqual(['api', undefined]);
    expect(mappings[1]).toEqual({ ...mappings[0], BasePath: undefined });
  });
});

describe('the API', () => {
  const routeOf = ({ method, path }: (typeof OPERATIONS)[number]): string => `${method} ${path}`;

  const unmatched = [
    'ANY /{proxy+}',
    'POST /import',
    ...MISROUTED.map(({ method, path }) => `${method} ${path}`),
  ];

  it('has exactly the routes of the listed operations, the upload of LeadVibe’s clients, and one for everything else', () => {
    const listed = OPERATIONS.map(routeOf);

    expect([...methods().keys()].sort()).toEqual([...listed, ...unmatched].sort());
  });

  it.each(OPERATIONS.map((operation) => [routeOf(operation), operation] as const))(
    '%s is routed to its function',
    (route, { function: folder }) => {
      const integration = JSON.stringify(methods().get(route).Integration.Uri);

      const called = all('AWS::Lambda::Function').filter(([id]) => integration.includes(`"${id}"`));

      expect(called.map(([, { Properties }]) => Properties.Description)).toEqual([folder]);
    },
  );

  it.each(OPERATIONS.filter(({ isPublic }) => !isPublic).map((operation) => [routeOf(operation)]))(
    '%s requires an API key, and counts towards the organisation’s throttle',
    (route) => {
      expect(methods().get(route)).toMatchObject({
        AuthorizationType: 'CUSTOM',
        ApiKeyRequired: true,
        AuthorizerId: expect.anything(),
      });
    },
  );

  it.each(IMPORTED_KINDS)(
    'routes batches of %s to the function that is configured to import them',
    (kind) => {
      const configured = all('AWS::Lambda::Function').filter(
        ([, { Properties }]) => Properties.Environment?.Variables[ENV.eventKind] === kind,
      );

      const { Integration } = methods().get(`POST /v1/${EVENT_KINDS[kind].batch.endpoint}/batch`);

      expect(configured).toHaveLength(1);
      expect(JSON.stringify(Integration.Uri)).toContain(`"${configured[0]?.[0]}"`);
    },
  );

  it('answers without a key only for the contract and for unknown routes', () => {
    const open = [...methods()]
      .filter(([, method]) => method.AuthorizationType !== 'CUSTOM')
      .map(([route]) => route);

    expect(open.sort()).toEqual([...unmatched, 'GET /v1/openapi.json'].sort());
  });

  it('cannot be synthesised while an operation has no function, or a function no operation', () => {
    const settings = stageSettings('trial');
    const stack = new Stack(new App({ context: { 'aws:cdk:bundling-stacks': [] } }), 'Incomplete');
    const keys = new TableV2(stack, 'Keys', { partitionKey: { name: 'pk', type: AttributeType.STRING } });
    const api = new Api(stack, 'Api', { settings, keys });
    const sweep = new NodeFunction(stack, 'Sweep', { settings, folder: 'refresh/sweep' });
    api.serve(new NodeFunction(stack, 'Scoring', { settings, folder: 'define/scoring' }));

    expect(() => api.serve(sweep)).toThrow('no operation that refresh/sweep serves');
    expect(() => Template.fromStack(stack)).toThrow(
      'No function serves listSegments; the contract names define/segments',
    );
  });

  it('has the stage name "api", and accepts compressed bodies', () => {
    production.hasResourceProperties('AWS::ApiGateway::Stage', { StageName: 'api', TracingEnabled: true });
    production.hasResourceProperties('AWS::ApiGateway::RestApi', { MinimumCompressionSize: 1024 });
  });

  it('caches the result for a key for one minute', () => {
    production.hasResourceProperties('AWS::ApiGateway::Authorizer', {
      Type: 'REQUEST',
      IdentitySource: 'method.request.header.X-API-Key',
      AuthorizerResultTtlInSeconds: 60,
    });
  });

  it('throttles each organisation by the key that the authorizer names, and stores no secret', () => {
    production.hasResourceProperties('AWS::ApiGateway::RestApi', { ApiKeySourceType: 'AUTHORIZER' });
    production.hasResourceProperties('AWS::ApiGateway::UsagePlan', {
      Throttle: { RateLimit: 20, BurstLimit: 40 },
    });
    production.resourceCountIs('AWS::ApiGateway::ApiKey', 0);
  });

  it('logs neither bodies nor keys', () => {
    const [, stage] = all('AWS::ApiGateway::Stage')[0] as [string, Resource];

    const format: string = stage.Properties.AccessLogSetting.Format;

    expect(format).not.toMatch(/header|body|apiKey|identity/i);
    for (const settings of stage.Properties.MethodSettings) {
      expect(settings).toMatchObject({ DataTraceEnabled: false, LoggingLevel: 'ERROR' });
    }
  });
});
