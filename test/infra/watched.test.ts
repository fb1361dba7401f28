import { alarms, all, dashboardMetrics } from '#test/support/monitoring.ts';
import type { Resource } from '#test/support/template.ts';

describe('queues', () => {
  const queues = all('AWS::SQS::Queue');
  const idOf = (target: { 'Fn::GetAtt'?: [string, string] }) => target['Fn::GetAtt']?.[0];
  const deadLetterOf = new Map(
    queues.map(([id, { Properties }]) => [id, idOf(Properties.RedrivePolicy?.deadLetterTargetArn ?? {})]),
  );
  const ofStreams = all('AWS::Lambda::EventSourceMapping').map(([, { Properties }]) =>
    idOf(Properties.DestinationConfig?.OnFailure.Destination ?? {}),
  );
  const deadLetters = new Set([...deadLetterOf.values(), ...ofStreams].filter((id) => id !== undefined));
  const watchedBy = (metric: string): string[] =>
    alarms
      .filter(([, { MetricName }]) => MetricName === metric)
      .map(([, { Dimensions }]) => idOf(Dimensions[0].Value) as string);
  const worked = queues.map(([id]) => id).filter((id) => !deadLetters.has(id));

  it('with a consumer have a dead-letter queue, and an alarm when they fall behind', () => {
    expect(worked.filter((id) => deadLetterOf.get(id) === undefined)).toEqual([]);
    expect(watchedBy('ApproximateAgeOfOldestMessage').sort()).toEqual(worked.sort());
  });

  // SQS Developer Guide, "Available CloudWatch metrics for Amazon SQS": the age excludes messages that were received three
  // times or more.
  it('have an alarm on the number of waiting messages: the first for dead letters, thousands for consumers', () => {
    const thresholds = new Map(
      alarms
        .filter(([, { MetricName }]) => MetricName === 'ApproximateNumberOfMessagesVisible')
        .map(([, { Dimensions, Threshold }]) => [idOf(Dimensions[0].Value) as string, Threshold]),
    );

    expect([...thresholds.keys()].sort()).toEqual(queues.map(([id]) => id).sort());
    expect([...deadLetters].map((id) => thresholds.get(id))).toEqual(Array.from({ length: 8 }, () => 0));
    expect(worked.filter((id) => thresholds.get(id) < 1_000)).toEqual([]);
  });

  it('hold the records that a stream consumer could not process', () => {
    const streams = all('AWS::Lambda::EventSourceMapping').filter(([, { Properties }]) =>
      JSON.stringify(Properties.EventSourceArn).includes('StreamArn'),
    );

    expect(streams).toHaveLength(2);
    expect(streams.every(([, { Properties }]) => Properties.DestinationConfig !== undefined)).toBe(true);
  });
});

describe('throttles', () => {
  const tableOf = (id: unknown): string => /"Data(\w+?)[0-9A-F]{8}"/.exec(JSON.stringify(id))?.[1] ?? '';
  const dimensionsOf = ({ Dimensions }: Resource['Properties']): Record<string, unknown> =>
    Object.fromEntries(Dimensions.map(({ Name, Value }: { Name: string; Value: unknown }) => [Name, Value]));
  // DynamoDB Developer Guide, "CloudWatch throttling metrics", names the metrics by partition.
  it.each(all('AWS::DynamoDB::GlobalTable'))('of %s by partition are on the dashboard', (id) => {
    const shown = dashboardMetrics().filter(
      (metric) => metric.includes('KeyRange') && metric.endsWith(` ${id}`),
    );

    expect(shown).toEqual([
      `AWS/DynamoDB WriteKeyRangeThroughputThrottleEvents TableName ${id}`,
      `AWS/DynamoDB ReadKeyRangeThroughputThrottleEvents TableName ${id}`,
    ]);
  });

  it('by partition raise an alarm for the tables in which one organisation has few partitions', () => {
    const watched = alarms.flatMap(([, alarm]) =>
      alarm.MetricName.includes('KeyRange')
        ? [`${tableOf(dimensionsOf(alarm)['TableName'])} ${alarm.MetricName.replace(/Key.*/, '')}`]
        : [],
    );

    expect(watched.sort()).toEqual([
      'Companies Write',
      'Definitions Read',
      'Events Read',
      'Identities Read',
      'Identities Write',
      'Imports Write',
      'Jobs Write',
      'Members Write',
      'Rollups Write',
    ]);
  });

  // DynamoDB Developer Guide, "DynamoDB metrics and dimensions", GlobalSecondaryIndexName: "You must specify both TableName
  // and GlobalSecondaryIndexName".
  it('by index raise an alarm for the indexes to which refreshes write, and all indexes are on the dashboard', () => {
    const indexes = all('AWS::DynamoDB::GlobalTable').flatMap(([, { Properties }]) =>
      (Properties.GlobalSecondaryIndexes ?? []).map(({ IndexName }: { IndexName: string }) => IndexName),
    );
    const watched = alarms.flatMap(([, alarm]) => {
      const { GlobalSecondaryIndexName: index, TableName } = dimensionsOf(alarm);
      return index === undefined ? [] : [`${tableOf(TableName)} ${index} ${alarm.MetricName}`];
    });

    expect(watched.sort()).toEqual([
      'Standings byDue WriteThrottleEvents',
      'Standings byRank WriteThrottleEvents',
    ]);
    expect(indexes).toHaveLength(3);
    for (const index of indexes) {
      const shown = dashboardMetrics().filter((metric) =>
        metric.includes(` GlobalSecondaryIndexName ${index} `),
      );
      expect(shown).toHaveLength(2);
    }
  });

  it('of the authorizer and the imports by Lambda raise an alarm, and of all functions are on the dashboard', () => {
    const functions = all('AWS::Lambda::Function').filter(
      ([, { Properties }]) => Properties.Runtime === 'nodejs24.x',
    );
    const watched = alarms.flatMap(([, alarm]) =>
      alarm.MetricName === 'Throttles' ? [(dimensionsOf(alarm)['FunctionName'] as { Ref: string }).Ref] : [],
    );

    const expected = functions.filter(([, { Properties }]) =>
      /^(authorize|clients|ingest)/.test(Properties.Description),
    );
    expect(watched.sort()).toEqual(expected.map(([id]) => id).sort());
    const shown = dashboardMetrics().filter((metric) => metric.includes(' Throttles '));
    expect(shown.sort()).toEqual(functions.map(([id]) => `AWS/Lambda Throttles FunctionName ${id}`).sort());
  });
});
