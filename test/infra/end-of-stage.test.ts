import { type Resource, resourcesOf, templateOf } from '#test/support/template.ts';

const production = templateOf('production');
const temporary = templateOf('trial');

/** An ARN of API Gateway as the template renders it. */
const arn = (first: string, ...rest: readonly (string | object)[]) => ({
  'Fn::Join': [
    '',
    ['arn:', { Ref: 'AWS::Partition' }, ':apigateway:', { Ref: 'AWS::Region' }, `::/${first}`, ...rest],
  ],
});

describe('the end of a stage', () => {
  const WITH_DATA = ['AWS::DynamoDB::GlobalTable', 'AWS::SQS::Queue', 'AWS::Logs::LogGroup'];
  // The role with which all APIs of the account write their logs, and the account's setting that names it.
  const OF_THE_ACCOUNT = ['AWS::ApiGateway::Account', 'AWS::IAM::Role'];
  const kept = (stage: string): [string, Resource][] =>
    Object.entries((templateOf(stage).toJSON() as { Resources: Record<string, Resource> }).Resources).filter(
      ([, { DeletionPolicy }]) => DeletionPolicy === 'Retain',
    );

  it.each(['trial', 'local'])('leaves nothing of the stage %s but the log role of the account', (stage) => {
    const ids = kept(stage).map(([id]) => id);

    expect(ids.sort()).toEqual(['ApiRestApiAccount598A1DA6', 'ApiRestApiCloudWatchRoleB7879BFC']);
  });

  it('leaves the rows, messages and logs of production, even if a deployment removes or replaces one of them', () => {
    const types = kept('production').map(([, { Type }]) => Type);
    const policies = WITH_DATA.flatMap((type) =>
      Object.values(resourcesOf(production, type)).map((resource) => [
        resource.DeletionPolicy,
        resource.UpdateReplacePolicy,
      ]),
    );

    expect([...new Set(types)].sort()).toEqual([...WITH_DATA, ...OF_THE_ACCOUNT].sort());
    expect(policies.filter((both) => both.some((policy) => policy !== 'Retain'))).toEqual([]);
  });

  it.each([
    ['production', production],
    ['a temporary stage', temporary],
  ])('leaves the role with which the account’s API Gateway writes logs, when it goes: %s', (_, template) => {
    const [account] = Object.values(resourcesOf(template, 'AWS::ApiGateway::Account')) as [Resource];
    const role = account.Properties.CloudWatchRoleArn['Fn::GetAtt'][0];

    expect(account.DeletionPolicy).toBe('Retain');
    expect(resourcesOf(template, 'AWS::IAM::Role')[role]?.DeletionPolicy).toBe('Retain');
  });
});

describe('execution logs', () => {
  it.each([
    ['production', production, 365],
    ['a temporary stage', temporary, 7],
  ])('are kept as long as all other logs: %s', (_, template, days) => {
    const [[id, group]] = Object.entries(resourcesOf(template, 'AWS::Logs::LogGroup')).filter(
      ([, { Properties }]) => Properties.LogGroupName !== undefined,
    ) as [[string, Resource]];
    const [[api]] = Object.entries(resourcesOf(template, 'AWS::ApiGateway::RestApi')) as [[string, Resource]];

    // API Gateway writes to the group of this name, and creates it without a retention if it does not exist.
    // Source: API Gateway Developer Guide, "Set up CloudWatch logging for REST APIs".
    expect(group.Properties.LogGroupName).toEqual({
      'Fn::Join': ['', ['API-Gateway-Execution-Logs_', { Ref: api }, '/api']],
    });
    expect(group.Properties.RetentionInDays).toBe(days);
    const stages = Object.values(resourcesOf(template, 'AWS::ApiGateway::Stage'));
    expect(stages.map(({ DependsOn }) => DependsOn?.includes(id))).toEqual([true]);
  });
});

describe('the API keys that npm run keys creates', () => {
  it('are deleted with a temporary stage, before the function that does it and its permissions', () => {
    const [[, keys]] = Object.entries(resourcesOf(temporary, 'AWS::CloudFormation::CustomResource')) as [
      [string, Resource],
    ];
    const [plan] = Object.keys(resourcesOf(temporary, 'AWS::ApiGateway::UsagePlan'));
    const [policy, { Properties }] = Object.entries(resourcesOf(temporary, 'AWS::IAM::Policy')).find(([id]) =>
      id.includes('KeysRemoval'),
    ) as [string, Resource];

    const statements = Properties.PolicyDocument.Statement.filter(({ Action }: { Action: string }) =>
      Action.includes('apigateway'),
    );

    // Nothing is deleted before what refers to it or depends on it.
    expect(keys.Properties.UsagePlanId).toEqual({ Ref: plan });
    expect(keys.DependsOn).toContain(policy);
    expect(statements).toEqual([
      expect.objectContaining({
        Action: 'apigateway:GET',
        Resource: arn('usageplans/', { Ref: plan }, '/keys'),
      }),
      expect.objectContaining({
        Action: 'apigateway:DELETE',
        Resource: arn('apikeys/*'),
        Condition: { StringEquals: { 'aws:ResourceTag/usagePlan': { Ref: plan } } },
      }),
    ]);
  });

  it('stay in production, where no function may delete one', () => {
    const policies = JSON.stringify(resourcesOf(production, 'AWS::IAM::Policy'));

    expect(resourcesOf(production, 'AWS::CloudFormation::CustomResource')).toEqual({});
    expect(policies).not.toContain('apigateway:');
  });
});
