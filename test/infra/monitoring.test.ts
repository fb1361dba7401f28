import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { OPERATIONS } from '#shared/contract/operations.ts';
import { alarms, all, local, production, temporary } from '#test/support/monitoring.ts';
import { makeStack, methodsOf, type Resource, resourcesOf } from '#test/support/template.ts';

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
  // A temporary stage has all functions of production, and one of its own.
  const functions = () =>
    all('AWS::Lambda::Function', temporary).filter(
      ([, { Properties }]) => Properties.Runtime === 'nodejs24.x',
    );
  const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const names = (value: unknown, id: string): boolean => JSON.stringify(value).includes(`"${id}"`);

  const documented = new Set([...OPERATIONS.map(({ method, path }) => `${method} ${path}`), 'POST /import']);

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
    ...(all('AWS::CloudFormation::CustomResource', temporary).some(([, { Properties }]) =>
      names(Properties.ServiceToken, id),
    )
      ? ['deletion of a temporary stage (only there)']
      : []),
    ...all('AWS::Lambda::EventSourceMapping').flatMap(([, { Properties }]) => {
      if (!names(Properties.FunctionName, id)) return [];
      const source = JSON.stringify(Properties.EventSourceArn);
      if (source.includes('DataEvents')) return ['stream of Events'];
      return [`${/(Live|Due|Bulk|Plan|Rebuild|Messages)Queue/.exec(source)?.[1]?.toLowerCase()} queue`];
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
