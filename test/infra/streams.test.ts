import { ENV } from '#shared/deployment/names.ts';
import { type Resource, resourcesOf, templateOf } from '#test/support/template.ts';

const HOUR_SECONDS = 3_600;

describe.each(['production', 'local'])('the stream of events of the stage %s', (stage) => {
  const template = templateOf(stage);
  const functions = resourcesOf(template, 'AWS::Lambda::Function');
  const consumers = Object.values(resourcesOf(template, 'AWS::Lambda::EventSourceMapping')).flatMap(
    ({ Properties }) => {
      const fn = functions[Properties.FunctionName.Ref] as Resource;
      const isStream = JSON.stringify(Properties.EventSourceArn).includes('StreamArn');
      return isStream ? [[fn.Properties.Description as string, Properties, fn.Properties] as const] : [];
    },
  );

  it('has two consumers, which is what DynamoDB recommends at most', () => {
    expect(consumers.map(([name]) => name).sort()).toEqual(['analytics/count', 'refresh/live-events']);
  });

  // Source: AWS Lambda Developer Guide, "Lambda parameters for Amazon DynamoDB event source mappings": without
  // MaximumRetryAttempts, failed records are retried until they expire; the stream keeps them for 24 hours.
  it.each(consumers)(
    'retries %s without a limit of attempts, until records are 20 hours old',
    (_, mapping) => {
      expect(mapping.MaximumRetryAttempts).toBeUndefined();
      expect(mapping.MaximumRecordAgeInSeconds).toBe(20 * HOUR_SECONDS);
    },
  );

  // Source: as above, "Configuring partial batch response with DynamoDB and Lambda": a failed batch is split in two.
  it.each(consumers)(
    'splits failed batches of %s, so that few records are given up with a bad one',
    (_, mapping) => {
      expect(mapping.BisectBatchOnFunctionError).toBe(true);
      expect(mapping.FunctionResponseTypes).toBeUndefined();
    },
  );

  it.each(consumers)(
    'keeps what %s gives up where the function sets records aside itself',
    (_, mapping, fn) => {
      const queue = mapping.DestinationConfig.OnFailure.Destination['Fn::GetAtt'][0];
      const statements = Object.values(resourcesOf(template, 'AWS::IAM::Policy')).flatMap(({ Properties }) =>
        JSON.stringify(Properties.Roles).includes(fn.Role['Fn::GetAtt'][0])
          ? Properties.PolicyDocument.Statement
          : [],
      );

      expect(fn.Environment.Variables[ENV.deadLetterQueueUrl]).toEqual({ Ref: queue });
      const targets = statements
        .filter(({ Action }) => [Action].flat().includes('sqs:SendMessage'))
        .flatMap(({ Resource }) => Resource);
      expect(targets).toContainEqual({ 'Fn::GetAtt': [queue, 'Arn'] });
    },
  );

  it.each([
    ['analytics/count', ['INSERT']],
    ['refresh/live-events', ['INSERT', 'MODIFY']],
  ])('delivers to %s only %j', (name, eventName) => {
    const [, mapping] = consumers.find(([consumer]) => consumer === name) ?? [];

    expect(
      mapping?.FilterCriteria.Filters.map(({ Pattern }: { Pattern: string }) => JSON.parse(Pattern)),
    ).toEqual([{ eventName }]);
  });
});
