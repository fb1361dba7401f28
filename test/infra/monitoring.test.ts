import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { BackendStack } from '#infra/backend-stack.ts';
import { stageSettings } from '#infra/stage-settings.ts';
import { methodsOf, type Resource, resourcesOf, templateOf } from '#test/support/template.ts';

const production = templateOf('production');
const local = templateOf('local');
const all = (type: string, template = production): [string, Resource][] =>
  Object.entries(resourcesOf(template, type));

const PREFIX = 'pigeon-perch-backfill-production-';
const alarms = all('AWS::CloudWatch::Alarm').map(
  ([, { Properties }]) => [Properties.AlarmName.replace(PREFIX, ''), Properties] as const,
);

const doc = (path: string): string =>
  readFileSync(join(import.meta.dirname, '..', '..', ...path.split('/')), 'utf8');

/** The articles of the runbook's second part. */
const articles = (): Map<string, string> => {
  const [, text = ''] = doc('docs/runbook.md').split('\n# Alarms\n');
  return new Map(
    text
      .split(/^## /m)
      .slice(1)
      .map((article) => [article.split('\n', 1)[0] as string, article]),
  );
};

/** The article that an alarm's description points to. */
const articleOf = ({ AlarmDescription }: Resource['Properties']): string =>
  /docs\/runbook\.md#(\S+)$/.exec(AlarmDescription)?.[1] ?? '';

/** The rows of a document's first table, as texts of their cells. */
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
  it.each(alarms)('%s says what it means to a user, and has an article of its name', (name, alarm) => {
    const [impact = ''] = alarm.AlarmDescription.split('. What to do: ');
    const article = articleOf(alarm);

    expect(impact.length).toBeGreaterThan(20);
    expect(name.startsWith(article)).toBe(true);
    expect([...articles().keys()]).toContain(article);
  });

  it('have an article each, and no article is without an alarm', () => {
    const described = new Set(alarms.map(([, alarm]) => articleOf(alarm)));

    expect([...articles().keys()].sort()).toEqual([...described].sort());
  });

  it.each([...articles()])(
    '"%s" says what it means, what a user sees, where to look and what to do',
    (_, article) => {
      const parts = article.match(/^\*\*.*?\*\*/gm);

      expect(parts).toEqual(['**Means**', '**A user sees**', '**Where to look**', '**What to do**']);
    },
  );

  it.each(alarms)('%s tells the topic when it begins and when it ends', (_, alarm) => {
    const [[topic]] = all('AWS::SNS::Topic') as [[string, Resource]];

    expect(alarm.AlarmActions).toEqual([{ Ref: topic }]);
    expect(alarm.OKActions).toEqual([{ Ref: topic }]);
    expect(alarm.ActionsEnabled).not.toBe(false);
  });

  it.each(alarms)('%s is on one metric, as the local engine wants it', (_, alarm) => {
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

describe('who is told', () => {
  const withEmails = (alarmEmails: readonly string[]): Template => {
    const settings = { ...stageSettings('trial'), alarmEmails };
    const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
    return Template.fromStack(new BackendStack(app, 'Backend', { settings }));
  };

  it('is nobody unless the stage says so', () => {
    expect(all('AWS::SNS::Subscription')).toEqual([]);
  });

  it('are the addresses of the stage', () => {
    const emails = ['ops@example.com', 'oncall@example.com'];

    const told = Object.values(resourcesOf(withEmails(emails), 'AWS::SNS::Subscription'));

    expect(told.map(({ Properties }) => [Properties.Protocol, Properties.Endpoint])).toEqual(
      emails.map((email) => ['email', email]),
    );
  });

  it('is a topic to which the alarms of this account may publish', () => {
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
  const watched = new Set(
    alarms
      .filter(([, { MetricName }]) => MetricName === 'ApproximateNumberOfMessagesVisible')
      .map(([, { Dimensions }]) => idOf(Dimensions[0].Value)),
  );

  it('that are worked on have a dead-letter queue, and an alarm when they fall behind', () => {
    const aged = alarms
      .filter(([, { MetricName }]) => MetricName === 'ApproximateAgeOfOldestMessage')
      .map(([, { Dimensions }]) => idOf(Dimensions[0].Value));
    const worked = queues.map(([id]) => id).filter((id) => !deadLetters.has(id));

    expect(worked.filter((id) => deadLetterOf.get(id) === undefined)).toEqual([]);
    expect(aged.sort()).toEqual(worked.sort());
  });

  it('for dead letters have an alarm on the first message', () => {
    expect([...watched].sort()).toEqual([...deadLetters].sort());
    expect(deadLetters.size).toBe(7);
  });

  it('of every stream consumer hold what could not be consumed', () => {
    const streams = all('AWS::Lambda::EventSourceMapping').filter(([, { Properties }]) =>
      JSON.stringify(Properties.EventSourceArn).includes('StreamArn'),
    );

    expect(streams).toHaveLength(2);
    expect(streams.every(([, { Properties }]) => Properties.DestinationConfig !== undefined)).toBe(true);
  });
});

describe('the dashboard', () => {
  it('is one', () => {
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

  it.each(queries)('%s looks into logs of this stack', (_, query) => {
    const groups = new Set(all('AWS::Logs::LogGroup').map(([id]) => id));

    expect(query.LogGroupNames.length).toBeGreaterThan(0);
    expect(query.LogGroupNames.filter(({ Ref }: { Ref: string }) => !groups.has(Ref))).toEqual([]);
  });

  it('are there for one organisation, and left out on the local stage', () => {
    expect(queries.filter(([name]) => name.includes('one organisation'))).not.toEqual([]);
    expect(all('AWS::Logs::QueryDefinition', local)).toEqual([]);
  });
});

describe('what the documents list', () => {
  const functions = () =>
    all('AWS::Lambda::Function').filter(([, { Properties }]) => Properties.Runtime === 'nodejs24.x');
  const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const names = (value: unknown, id: string): boolean => JSON.stringify(value).includes(`"${id}"`);

  /** What calls a function: routes, and the words that the table of functions uses for the rest. */
  const triggersOf = (id: string): string[] => [
    ...[...methodsOf(production)].flatMap(([route, { Integration }]) =>
      names(Integration.Uri, id) ? route.replace('ANY /{proxy+}', 'every other path and method') : [],
    ),
    ...(all('AWS::ApiGateway::Authorizer').some(([, { Properties }]) => names(Properties.AuthorizerUri, id))
      ? ['API Gateway']
      : []),
    ...(all('AWS::Events::Rule').some(([, { Properties }]) => names(Properties.Targets, id))
      ? ['every minute']
      : []),
    ...all('AWS::Lambda::EventSourceMapping').flatMap(([, { Properties }]) => {
      if (!names(Properties.FunctionName, id)) return [];
      const source = JSON.stringify(Properties.EventSourceArn);
      if (source.includes('DataEvents')) return ['stream of Events'];
      return [`${/(Live|Due|Bulk|Plan|Rebuild)Queue/.exec(source)?.[1]?.toLowerCase()} queue`];
    }),
  ];

  it('in functions/README.md are exactly the functions of the stack', () => {
    const listed = rowsOf(doc('functions/README.md')).map(([name = '']) => name.replaceAll('`', ''));
    const deployed = functions().map(([, { Properties }]) => Properties.Description);

    expect(listed.sort()).toEqual(deployed.sort());
  });

  it.each(rowsOf(doc('functions/README.md')))('%s is called by %s, and by nothing else', (name, cell) => {
    const [id] = functions().find(([, { Properties }]) => `\`${Properties.Description}\`` === name) ?? [];

    const calls = id === undefined ? [] : triggersOf(id);

    expect(calls.length).toBeGreaterThan(0);
    // A part in backquotes stands for routes, with `…` for any text; every other is in words.
    const parts = [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, part = '']) => part);
    const patterns = parts.map((part) => new RegExp(`^${part.split('…').map(escaped).join('.*')}$`));
    const routes = calls.filter((call) => call.includes(' /'));
    const fits = (pattern: RegExp, route: string) =>
      pattern.test(route) || pattern.test(route.replace(/^\w+ /, ''));
    if (parts.length > 0) {
      expect(routes.filter((route) => !patterns.some((pattern) => fits(pattern, route)))).toEqual([]);
      expect(patterns.filter((pattern) => !routes.some((route) => fits(pattern, route)))).toEqual([]);
    } else expect(calls).toEqual([cell?.split(',', 1)[0]]);
  });

  it('in docs/data-model.md are exactly the tables of the stack', () => {
    const listed = [...doc('docs/data-model.md').matchAll(/^## (\w+) —/gm)].map(([, name]) => name);
    const deployed = all('AWS::DynamoDB::GlobalTable').map(([id]) => /^Data(\w+?)[0-9A-F]{8}$/.exec(id)?.[1]);

    expect(listed.sort()).toEqual(deployed.sort());
  });
});
