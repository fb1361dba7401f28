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

  it.each(worked)('%s stops working before its Lambda timeout', (_, fn) => {
    const workSeconds = Number(fn.Environment.Variables[ENV.workMs]) / 1_000;

    expect(workSeconds).toBeGreaterThan(0);
    // Releasing a message and setting its pause takes at most five seconds each, counting three attempts of three seconds.
    expect(fn.Timeout - workSeconds).toBeGreaterThanOrEqual(19);
  });

  // Lambda Developer Guide, "Creating and configuring an Amazon SQS event source mapping", "Configuring a queue to use with
  // Lambda": "set the source queue's visibility timeout to at least six times the configuration timeout on your function".
  it.each(worked)(
    '%s has six of its timeouts until messages that it never received are visible',
    (_, fn, queue) => {
      expect(queue.VisibilityTimeout).toBe(6 * fn.Timeout);
    },
  );

  it.each(worked)(
    '%s holds messages for a minute, so that those of a killed worker come back soon',
    (_, fn) => {
      expect(fn.Environment.Variables[ENV.holdSeconds]).toBe('60');
    },
  );

  it.each(worked)('%s may change the visibility of its messages', (_, fn) => {
    const allowed = all('AWS::IAM::Policy').some(
      ([, { Properties }]) =>
        Properties.Roles.some(({ Ref }: { Ref: string }) => fn.Role['Fn::GetAtt'][0] === Ref) &&
        JSON.stringify(Properties.PolicyDocument).includes('sqs:ChangeMessageVisibility'),
    );

    expect(allowed).toBe(true);
  });

  it('exist for six queues', () => {
    expect(worked).toHaveLength(6);
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
