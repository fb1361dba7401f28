import { resourcesOf, templateOf } from '#test/support/template.ts';

/**
 * What an ordinary deployment must not replace. CloudFormation knows a resource by its logical id, which CDK derives from the
 * construct's path: a construct that is renamed or moved becomes a new resource, and the service continues with an empty table,
 * an empty queue or another address. So does a change of a property that requires a replacement, such as a table's keys.
 *
 * A new table or queue is a new line. A line that changes or goes is a migration, not a refactoring: keep the id with
 * `overrideLogicalId`, or plan the move of the data.
 */
const PINNED: Readonly<Record<string, readonly string[]>> = {
  'AWS::DynamoDB::GlobalTable': [
    'DataCompaniesC7395754: pk sk',
    'DataContacts569EB5AC: pk',
    'DataDefinitions2861D731: pk sk',
    'DataEventsB3DAF25C: pk sk',
    'DataIdentitiesF7FE0223: pk sk',
    'DataImportsBDC7B388: pk sk',
    'DataJobs35074708: pk sk',
    'DataKeysACA0E3B2: pk',
    'DataMembers01B206A0: pk sk',
    'DataRollups7FE53C44: pk sk',
    'DataStandings6C069B58: pk',
  ],
  'AWS::SQS::Queue': [
    'AnalyticsEventStreamDeadLetters0C3A1057',
    'AnalyticsRebuildQueueA95E6E0D',
    'AnalyticsRebuildQueueDeadLetters8B210339',
    'ClientsMessagesDeadLetters3FC40AAB',
    'ClientsMessagesQueue59F468C9',
    'RefreshBulkQueueDeadLetters27203DB6',
    'RefreshBulkQueueF5496EA3',
    'RefreshDueQueue93BB48BD',
    'RefreshDueQueueDeadLetters2836271E',
    'RefreshLiveEventStreamDeadLetters84946AFB',
    'RefreshLiveQueue6D8D0DD1',
    'RefreshLiveQueueDeadLetters64C0E42D',
    'RefreshPlanQueue74E8459B',
    'RefreshPlanQueueDeadLetters4DDF301D',
  ],
  'AWS::ApiGateway::RestApi': ['ApiRestApiE35FEAFE'],
  'AWS::ApiGateway::Stage': ['ApiRestApiDeploymentStageapi1820DBC7'],
  // The throttles of the organisations' keys, which `npm run keys` adds.
  'AWS::ApiGateway::UsagePlan': ['ApiRestApiPerOrganisationE3670429'],
};

const production = templateOf('production');
const local = templateOf('local');

/** Logical ids, tables with their keys. A key's type is S throughout. */
const idsOf = (type: string, template = production): string[] =>
  Object.entries(resourcesOf(template, type))
    .map(([id, { Properties }]) =>
      Properties.KeySchema === undefined
        ? id
        : `${id}: ${Properties.KeySchema.map((key: { AttributeName: string }) => key.AttributeName).join(' ')}`,
    )
    .sort();

describe('a deployment replaces nothing that holds data or has an address', () => {
  it.each(Object.entries(PINNED))(
    '%s: another logical id or key would be a new, empty resource',
    (type, pinned) => {
      expect(idsOf(type)).toEqual(pinned);
      expect(idsOf(type, local)).toEqual(pinned);
    },
  );

  it.each(['AWS::DynamoDB::GlobalTable', 'AWS::SQS::Queue'])(
    '%s: the names are generated, so that a change that requires a replacement does not fail on the name',
    (type) => {
      const named = Object.values(resourcesOf(production, type)).filter(
        ({ Properties }) => Properties.TableName !== undefined || Properties.QueueName !== undefined,
      );

      expect(named).toEqual([]);
    },
  );

  it('keys of tables are strings', () => {
    const types = Object.values(resourcesOf(production, 'AWS::DynamoDB::GlobalTable')).flatMap(
      ({ Properties }) =>
        Properties.AttributeDefinitions.filter(({ AttributeName }: { AttributeName: string }) =>
          ['pk', 'sk'].includes(AttributeName),
        ).map(({ AttributeType }: { AttributeType: string }) => AttributeType),
    );

    expect(new Set(types)).toEqual(new Set(['S']));
  });
});
