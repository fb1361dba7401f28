import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import type { BackendStack } from '#infra/backend-stack.ts';
import { stageSettings } from '#infra/stage-settings.ts';
import { makeStack, type Resource, resourcesOf } from '#test/support/template.ts';

const production = stageSettings('production');

const all = (stack: BackendStack, type: string): [string, Resource['Properties']][] =>
  Object.entries(resourcesOf(Template.fromStack(stack), type)).map(([id, { Properties }]) => [
    id,
    Properties,
  ]);

/** The reservations of the functions, by folder and role. */
const reservationsOf = (stack: BackendStack): Map<string, number> =>
  new Map(
    all(stack, 'AWS::Lambda::Function').flatMap(([, { Description, ReservedConcurrentExecutions }]) =>
      ReservedConcurrentExecutions === undefined ? [] : [[Description, ReservedConcurrentExecutions]],
    ),
  );

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, one) => total + one, 0);

/** The event table has a shard for each partition of 1,000 write units a second, of its quota of 40,000 (docs/capacity.md). */
const SHARDS = 40;

/** Lambda Developer Guide, "Configuring reserved concurrency for a function": the account's concurrency "minus 100". */
const UNRESERVED = 100;

describe('the concurrency of production', () => {
  const { stack } = makeStack('production');
  const reservations = reservationsOf(stack);
  const functions = all(stack, 'AWS::Lambda::Function').filter(([, { Runtime }]) => Runtime === 'nodejs24.x');
  const mappings = all(stack, 'AWS::Lambda::EventSourceMapping').map(([, mapping]) => mapping);

  it('is reserved exactly for the functions of the settings', () => {
    expect(Object.fromEntries(reservations)).toEqual(production.reservedConcurrency);
  });

  it('has a maximum for every function: its reservation, its queue, its stream or its schedule', () => {
    const ofSources = mappings
      .filter(
        ({ ScalingConfig, ParallelizationFactor }) =>
          ScalingConfig?.MaximumConcurrency !== undefined || ParallelizationFactor !== undefined,
      )
      .map(({ FunctionName }) => FunctionName.Ref);
    const schedules = JSON.stringify(all(stack, 'AWS::Events::Rule'));

    const unlimited = functions.filter(
      ([id, { Description }]) =>
        !reservations.has(Description) && !ofSources.includes(id) && !schedules.includes(`"${id}"`),
    );

    expect(unlimited.map(([, { Description }]) => Description)).toEqual([]);
  });

  it('adds up to the account at most, with the hundred that Lambda keeps unreserved', () => {
    const ofQueues = sum(mappings.map(({ ScalingConfig }) => ScalingConfig?.MaximumConcurrency ?? 0));
    const ofStreams = sum(mappings.map(({ ParallelizationFactor }) => (ParallelizationFactor ?? 0) * SHARDS));
    const reserved = sum(reservations.values());

    expect([reserved, ofQueues, ofStreams]).toEqual([540, 120, 320]);
    expect(reserved + ofQueues + ofStreams + 1).toBeLessThanOrEqual(1_000);
    expect(reserved).toBeLessThanOrEqual(1_000 - UNRESERVED);
  });

  it('is not reserved for workers of queues, whose messages Lambda would then throttle', () => {
    // Lambda Developer Guide, "Configuring scaling behavior for SQS event source mappings": "ensure that your function's
    // reserved concurrency is greater than or equal to the total maximum concurrency for all Amazon SQS event sources".
    const workers = mappings
      .filter(({ ScalingConfig }) => ScalingConfig !== undefined)
      .map(({ FunctionName }) => functions.find(([id]) => id === FunctionName.Ref)?.[1].Description);

    expect(workers).toHaveLength(6);
    expect(workers.filter((label) => reservations.has(label))).toEqual([]);
  });
});

describe('the concurrency of other accounts', () => {
  const warning = (text: string) => ['/Backend', Match.stringLikeRegexp(text)] as const;

  it.each([10, 500, 639])(
    'of %s: nothing is reserved, with a warning that names what to request',
    (account) => {
      const { stack } = makeStack('production', { accountConcurrency: account });

      expect(reservationsOf(stack).size).toBe(0);
      Annotations.fromStack(stack).hasWarning(
        ...warning(`account of ${account} .*Request 1,000 .*L-B99A9384`),
      );
    },
  );

  it('of 640: all reservations, without a warning', () => {
    const { stack } = makeStack('production', { accountConcurrency: 640 });

    expect(reservationsOf(stack).size).toBe(Object.keys(production.reservedConcurrency).length);
    Annotations.fromStack(stack).hasNoWarning(...warning('concurrent executions'));
  });

  it.each(['trial', 'local'])('is not reserved by the stage %s, without a warning', (name) => {
    const { stack } = makeStack(name);

    expect(reservationsOf(stack).size).toBe(0);
    Annotations.fromStack(stack).hasNoWarning(...warning('concurrent executions'));
  });
});
