import { Template } from 'aws-cdk-lib/assertions';
import { TABLES } from '#shared/deployment/names.ts';
import { makeStack, type Resource, resourcesOf, templateOf } from '#test/support/template.ts';

const STREAM = 'arn:aws:dynamodb:eu-west-1:111122223333:table/restored-Events/stream/2026-03-01T10:00:00.000';

/** All tables restored at once. */
const restoredTables = Object.fromEntries(
  TABLES.map((table) => [
    table,
    { name: `restored-${table}`, ...(table === 'Events' && { streamArn: STREAM }) },
  ]),
);
const production = templateOf('production');
const restored = Template.fromStack(makeStack('production', { restoredTables }).stack);
const all = (type: string): [string, Resource][] => Object.entries(resourcesOf(restored, type));

describe('restored tables that are a setting', () => {
  it('leave the tables of the stack as they are', () => {
    expect(resourcesOf(restored, 'AWS::DynamoDB::GlobalTable')).toEqual(
      resourcesOf(production, 'AWS::DynamoDB::GlobalTable'),
    );
  });

  it('replace them everywhere: functions, permissions, alarms, outputs', () => {
    const own = Object.keys(resourcesOf(restored, 'AWS::DynamoDB::GlobalTable'));
    const { Resources, Outputs } = restored.toJSON();

    const others = Object.entries({ ...Resources, ...Outputs }).filter(([id]) => !own.includes(id));

    const text = JSON.stringify(others);
    expect(own.filter((id) => text.includes(`"${id}"`))).toEqual([]);
    expect(TABLES.filter((table) => !text.includes(`restored-${table}`))).toEqual([]);
  });

  it('are granted as narrowly as those of the stack', () => {
    // An ARN of a restored table ends in its name: the stack knows its region and account, not its resource.
    const resources = all('AWS::IAM::Policy').flatMap(([, { Properties }]) =>
      Properties.PolicyDocument.Statement.map(({ Resource }: { Resource: unknown }) =>
        JSON.stringify(Resource),
      ),
    );

    const ofTables = resources.filter((resource: string) => resource.includes('restored-'));

    expect(ofTables.length).toBeGreaterThan(30);
    expect(ofTables.filter((resource: string) => resource.includes('*'))).toEqual([]);
  });

  it('have their own stream read from its beginning', () => {
    const streams = all('AWS::Lambda::EventSourceMapping').filter(
      ([, { Properties }]) => Properties.StartingPosition !== undefined,
    );

    expect(streams).toHaveLength(2);
    for (const [, { Properties }] of streams) {
      expect(Properties).toMatchObject({ EventSourceArn: STREAM, StartingPosition: 'TRIM_HORIZON' });
    }
  });

  it('have the same mappings of streams as before, so that importing a table does not create second ones', () => {
    const idsOf = (template: Template) =>
      Object.keys(resourcesOf(template, 'AWS::Lambda::EventSourceMapping')).sort();

    expect(idsOf(restored)).toEqual(idsOf(production));
  });
});
