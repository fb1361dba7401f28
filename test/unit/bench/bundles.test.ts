import { join } from 'node:path';
import { bundlesOfTemplate } from '../../../bench/support/bundles.ts';

const functionOf = (Description: string | undefined, Variables: Record<string, unknown> = {}) => ({
  Type: 'AWS::Lambda::Function',
  Metadata: { 'aws:asset:path': `asset.${Description}` },
  Properties: { Description, Environment: { Variables } },
});

const bundlesOf = (Resources: Record<string, unknown>) =>
  bundlesOfTemplate({ Resources }, 'cdk.out', (description) => description.startsWith('query/'));

describe('the functions of a template', () => {
  test("are only the service's own, by folder", () => {
    const bundles = bundlesOf({
      Second: functionOf('query/imports'),
      CdkUnnamed: functionOf(undefined),
      CdkNamed: functionOf('A custom resource'),
      First: functionOf('query/activity'),
      Table: { Type: 'AWS::DynamoDB::Table', Properties: { Description: 'query/table' } },
      Bare: { Type: 'AWS::SNS::Topic' },
    });
    expect(bundles.map(({ folder }) => folder)).toEqual(['query/activity', 'query/imports']);
    expect(bundles[0]?.file).toBe(join('cdk.out', 'asset.query/activity', 'index.mjs'));
  });

  test('are one if the same code is deployed in several roles', () => {
    const bundles = bundlesOf({ One: functionOf('query/imports one'), Two: functionOf('query/imports two') });
    expect(bundles.map(({ folder }) => folder)).toEqual(['query/imports']);
    expect(bundles[0]?.file).toBe(join('cdk.out', 'asset.query/imports one', 'index.mjs'));
  });

  test('have logical ids for values that only a deployment knows', () => {
    const variables = {
      PLAIN: 'as it is',
      TABLE: { Ref: 'Events1' },
      ARN: { 'Fn::GetAtt': ['Queue1', 'Arn'] },
    };
    const [bundle] = bundlesOf({ Function: functionOf('query/imports', variables) });
    expect(bundle?.environment).toEqual({ PLAIN: 'as it is', TABLE: 'Events1', ARN: 'Queue1.Arn' });
  });

  test('are rejected if they have no code or an unsupported value', () => {
    const { Metadata: _, ...withoutCode } = functionOf('query/imports');
    expect(() => bundlesOf({ Function: withoutCode })).toThrow('Metadata');
    const joined = functionOf('query/imports', { NAME: { 'Fn::Join': ['', ['a', 'b']] } });
    expect(() => bundlesOf({ Function: joined })).toThrow();
  });
});
