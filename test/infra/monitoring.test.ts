import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { OPERATIONS } from '#shared/contract/operations.ts';
import { makeStack, methodsOf, type Resource, resourcesOf, templateOf } from '#test/support/template.ts';

const production = templateOf('production');
const local = templateOf('local');
const throwAway = templateOf('trial');
const all = (type: string, template = production): [string, Resource][] =>
  Object.entries(resourcesOf(template, type));

const PREFIX = 'pigeon-perch-backfill-production-';
const alarms = all('AWS::CloudWatch::Alarm').map(
  ([, { Properties }]) => [Properties.AlarmName.replace(PREFIX, ''), Properties] as const,
);

const doc = (path: string): string =>
  readFileSync(join(import.meta.dirname, '..', '..', ...path.split('/')), 'utf8');

/** The articles of the runbook's section "Alarms", by title. */
const articles = (): Map<string, string> => {
  const [, text = ''] = doc('docs/runbook.md').split('\n# Alarms\n');
  return new Map(
    text
      .split(/^## /m)
      .slice(1)
      .map((article) => [article.split('\n', 1)[0] as string, article]),
  );
};

/** The article that an alarm's description links to; empty if there is no link. */
const articleOf = ({ AlarmDescription }: Resource['Properties']): string =>
  /docs\/runbook\.md#(\S+)$/.exec(AlarmDescription)?.[1] ?? '';

/** The metrics of the dashboard's graphs: namespace, name and dimensions, with logical ids instead of references. */
const dashboardMetrics = (): string[] => {
  const [[, dashboard]] = all('AWS::CloudWatch::Dashboard') as [[string, Resource]];
  const [, parts] = dashboard.Properties.DashboardBody['Fn::Join'] as [string, (string | { Ref: string })[]];
  const body = JSON.parse(parts.map((part) => (typeof part === 'string' ? part : part.Ref)).join(''));
  return body.widgets.flatMap(({ properties }: { properties: { metrics?: unknown[][] } }) =>
    (properties.metrics ?? []).map((metric) => metric.filter((part) => typeof part === 'string').join(' ')),
  );
};

/** The rows of a document's table as the texts of their cells, without the header. */
const rowsOf = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

describe('alarms', () => {
  it.each(alarms)('%s describes the impact on users and links to the article of its name', (name, alarm) => {
    const [impact = '', link] = alarm.AlarmDescription.split('. What to do: ');
    const article = articleOf(alarm);

    expect(impact.length).toBeGreaterThan(20);
    expect(link).toBe(`docs/runbook.md#${article}`);
    expect(name.startsWith(article)).toBe(true);
    expect([...articles().keys()]).toContain(article);
  });

  it('each have an article, and each article has an alarm', () => {
    const described = new Set(alarms.map(([, alarm]) => articleOf(alarm)));

    expect([...articles().keys()].sort()).toEqual([...described].sort());
  });

  it.each([...articles()])(
    'the article "%s" has the sections meaning, impact, where to look and what to do',
    (_, article) => {
      const parts = article.match(/^\*\*.*?\*\*/gm);

      expect(parts).toEqual(['**Means**', '**A user sees**', '**Where to look**', '**What to do**']);
    },
  );

  it.each(alarms)('%s notifies the topic when it is raised and when it is resolved', (_, alarm) => {
    const [[topic]] = all('AWS::SNS::Topic') as [[string, Resource]];

    expect(alarm.AlarmActions).toEqual([{ Ref: topic }]);
    expect(alarm.OKActions).toEqual([{ Ref: topic }]);
    expect(alarm.ActionsEnabled).not.toBe(false);
  });

  it.each(alarms)('%s is based on a single metric, as the local engine requires', (_, alarm) => {
    expect(alarm.MetricName).toEqual(expect.any(String));
    expect(alarm.Metrics).toBeUndefined();
  });

  it('are the same on the local stage', () => {
    const names = all('AWS::CloudWatch::Alarm', local).map(([, { Properties }]) =>
      Properties.AlarmName.replace('pigeon-perch-backfill-local-', ''),
    );

    expect(names.sort()).toEqual(alarms.map(([name]) => name).sort());
  });
});

describe('alarm notifications', () => {
  const withEmails = (alarmEmails: readonly string[]): Template =>
    Template.fromStack(makeStack('trial', { alarmEmails }).stack);

  it('have no subscribers unless the stage lists addresses', () => {
    expect(resourcesOf(withEmails([]), 'AWS::SNS::Subscription')).toEqual({});
  });

  it('go to the addresses of the stage', () => {
    const emails = ['ops@example.com', 'oncall@example.com'];

    const subscriptions = Object.values(resourcesOf(withEmails(emails), 'AWS::SNS::Subscription'));

    expect(subscriptions.map(({ Properties }) => [Properties.Protocol, Properties.Endpoint])).toEqual(
      emails.map((email) => ['email', email]),
    );
  });

  it('go through a topic to which the alarms of this account may publish', () => {
    const [[, policy]] = all('AWS::SNS::TopicPolicy') as [[string, Resource]];

    expect(policy.Properties.PolicyDocument.Statement).toContainEqual(
      expect.objectContaining({
        Effect: 'Allow',
        Action: 'sns:Publish',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      }),
    );
  });
});

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
    expect([...deadLetters].map((id) => thresholds.get(id))).toEqual(Array.from({ length: 7 }, () => 0));
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
      /^(authorize|ingest)/.test(Properties.Description),
    );
    expect(watched.sort()).toEqual(expected.map(([id]) => id).sort());
    const shown = dashboardMetrics().filter((metric) => metric.includes(' Throttles '));
    expect(shown.sort()).toEqual(functions.map(([id]) => `AWS/Lambda Throttles FunctionName ${id}`).sort());
  });
});

describe('the dashboard', () => {
  it('exists once', () => {
    expect(all('AWS::CloudWatch::Dashboard').map(([, { Properties }]) => Properties.DashboardName)).toEqual([
      'pigeon-perch-backfill-production',
    ]);
  });

  it('names no organisation in a dimension', () => {
    const [[, dashboard]] = all('AWS::CloudWatch::Dashboard') as [[string, Resource]];

    expect(JSON.stringify(dashboard.Properties.DashboardBody)).not.toMatch(/orgId|organisation/i);
  });
});

describe('saved queries', () => {
  const queries = all('AWS::Logs::QueryDefinition').map(
    ([, { Properties }]) => [Properties.Name, Properties] as const,
  );

  it.each(queries)('%s searches logs of this stack', (_, query) => {
    const groups = new Set(all('AWS::Logs::LogGroup').map(([id]) => id));

    expect(query.LogGroupNames.length).toBeGreaterThan(0);
    expect(query.LogGroupNames.filter(({ Ref }: { Ref: string }) => !groups.has(Ref))).toEqual([]);
  });

  it('include one for a single organisation, and are omitted on the local stage', () => {
    expect(queries.filter(([name]) => name.includes('one organisation'))).not.toEqual([]);
    expect(all('AWS::Logs::QueryDefinition', local)).toEqual([]);
  });
});

describe('the documentation', () => {
  // A throw-away stage has all functions of production, and one of its own.
  const functions = () =>
    all('AWS::Lambda::Function', throwAway).filter(
      ([, { Properties }]) => Properties.Runtime === 'nodejs24.x',
    );
  const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const names = (value: unknown, id: string): boolean => JSON.stringify(value).includes(`"${id}"`);

  const documented = new Set(OPERATIONS.map(({ method, path }) => `${method} ${path}`));

  /** The triggers of a function: its routes, and for other triggers the words that the table of functions uses. */
  const triggersOf = (id: string): string[] => [
    ...new Set(
      [...methodsOf(production)].flatMap(([route, { Integration }]) => {
        if (!names(Integration.Uri, id)) return [];
        return documented.has(route) ? route : 'every other path and method';
      }),
    ),
    ...(all('AWS::ApiGateway::Authorizer').some(([, { Properties }]) => names(Properties.AuthorizerUri, id))
      ? ['API Gateway']
      : []),
    ...(all('AWS::Events::Rule').some(([, { Properties }]) => names(Properties.Targets, id))
      ? ['every minute']
      : []),
    ...(all('AWS::CloudFormation::CustomResource', throwAway).some(([, { Properties }]) =>
      names(Properties.ServiceToken, id),
    )
      ? ['deletion of a throw-away stage (only there)']
      : []),
    ...all('AWS::Lambda::EventSourceMapping').flatMap(([, { Properties }]) => {
      if (!names(Properties.FunctionName, id)) return [];
      const source = JSON.stringify(Properties.EventSourceArn);
      if (source.includes('DataEvents')) return ['stream of Events'];
      return [`${/(Live|Due|Bulk|Plan|Rebuild)Queue/.exec(source)?.[1]?.toLowerCase()} queue`];
    }),
  ];

  it('lists exactly the functions of the stack in functions/README.md', () => {
    const listed = rowsOf(doc('functions/README.md')).map(([name = '']) => name.replaceAll('`', ''));
    const deployed = functions().map(([, { Properties }]) => Properties.Description);

    expect(listed.sort()).toEqual(deployed.sort());
  });

  it.each(rowsOf(doc('functions/README.md')))(
    'says that %s is triggered by %s, and nothing else triggers it',
    (name, cell) => {
      const [id] = functions().find(([, { Properties }]) => `\`${Properties.Description}\`` === name) ?? [];

      const calls = id === undefined ? [] : triggersOf(id);

      expect(calls.length).toBeGreaterThan(0);
      // A part in backquotes is a pattern of routes, in which `…` matches any text; every other part is words.
      const parts = [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, part = '']) => part);
      const patterns = parts.map((part) => new RegExp(`^${part.split('…').map(escaped).join('.*')}$`));
      const routes = calls.filter((call) => call.includes(' /'));
      const fits = (pattern: RegExp, route: string) =>
        pattern.test(route) || pattern.test(route.replace(/^\w+ /, ''));
      if (parts.length > 0) {
        expect(routes.filter((route) => !patterns.some((pattern) => fits(pattern, route)))).toEqual([]);
        expect(patterns.filter((pattern) => !routes.some((route) => fits(pattern, route)))).toEqual([]);
      } else expect(calls).toEqual([cell?.split(',', 1)[0]]);
    },
  );

  it('counts the alarms in docs/capacity.md', () => {
    expect(doc('docs/capacity.md')).toContain(
      ` ${alarms.length} alarms: ${(alarms.length / 10).toFixed(2)}.`,
    );
  });

  it('lists exactly the tables of the stack in docs/data-model.md', () => {
    const listed = [...doc('docs/data-model.md').matchAll(/^## (\w+) —/gm)].map(([, name]) => name);
    const deployed = all('AWS::DynamoDB::GlobalTable').map(([id]) => /^Data(\w+?)[0-9A-F]{8}$/.exec(id)?.[1]);

    expect(listed.sort()).toEqual(deployed.sort());
  });
});
