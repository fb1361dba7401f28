import { Match } from 'aws-cdk-lib/assertions';
import { ENV } from '#shared/deployment/names.ts';
import { type Resource, resourcesOf, templateOf } from '#test/support/template.ts';

const production = templateOf('production');
const all = (type: string): [string, Resource][] => Object.entries(resourcesOf(production, type));

it.each([
  ['production', { Live: 20, Due: 20, Bulk: 50 }],
  ['local', { Live: 2, Due: 2, Bulk: 2 }],
])('%s has separate workers for each refresh queue, ten messages a batch', (stage, workers) => {
  const mappings = Object.values(resourcesOf(templateOf(stage), 'AWS::Lambda::EventSourceMapping'));

  const ofWorkers = mappings.filter(({ Properties }) => Properties['BatchSize'] === 10);

  const nameOf = (value: unknown, of: string) =>
    new RegExp(`Refresh(Live|Due|Bulk)${of}`).exec(JSON.stringify(value))?.[1];
  const found = ofWorkers.map(({ Properties }) => [
    nameOf(Properties['EventSourceArn'], 'Queue'),
    nameOf(Properties['FunctionName'], 'Worker'),
    Properties['ScalingConfig'].MaximumConcurrency,
  ]);
  expect(found.sort()).toEqual(
    Object.entries(workers)
      .map(([name, concurrency]) => [name, name, concurrency])
      .sort(),
  );
});

describe('functions of queues', () => {
  const functions = resourcesOf(production, 'AWS::Lambda::Function');
  const queues = resourcesOf(production, 'AWS::SQS::Queue');
  const worked = all('AWS::Lambda::EventSourceMapping').flatMap(([, { Properties }]) => {
    const queue = queues[Properties.EventSourceArn['Fn::GetAtt'][0]];
    const fn = functions[Properties.FunctionName.Ref];
    return queue === undefined || fn === undefined
      ? []
      : [[fn.Properties.Description as string, fn.Properties, queue.Properties] as const];
  });

  it.each(worked)(
    '%s stops working before its Lambda timeout, which ends before the visibility timeout',
    (_, fn, queue) => {
      const workSeconds = Number(fn.Environment.Variables[ENV.workMs]) / 1_000;

      expect(workSeconds).toBeGreaterThan(0);
      // Counting takes at most three attempts of three seconds.
      expect(fn.Timeout - workSeconds).toBeGreaterThanOrEqual(10);
      expect(queue.VisibilityTimeout).toBeGreaterThan(fn.Timeout);
    },
  );

  it('exist for five queues', () => {
    expect(worked).toHaveLength(5);
  });
});

describe('the sweep', () => {
  it('is not repeated when it fails or is late: the next minute has its own', () => {
    const [[sweep]] = all('AWS::Lambda::Function').filter(
      ([, { Properties }]) => Properties.Description === 'refresh/sweep',
    ) as [[string, Resource]];

    // Lambda repeats a failed asynchronous call twice, within six hours, unless told otherwise.
    // Source: CloudFormation Template Reference, AWS::Lambda::EventInvokeConfig.
    production.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: sweep },
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
    });
    production.hasResourceProperties('AWS::Events::Rule', {
      Targets: [Match.objectLike({ RetryPolicy: { MaximumRetryAttempts: 0 } })],
    });
  });
});
