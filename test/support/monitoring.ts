import { type Resource, resourcesOf, templateOf } from '#test/support/template.ts';

export const production = templateOf('production');
export const local = templateOf('local');
export const temporary = templateOf('trial');
/** The resources of a type, by logical id. */
export const all = (type: string, template = production): [string, Resource][] =>
  Object.entries(resourcesOf(template, type));

/** What the names of alarms and metrics begin with. */
export const PREFIX = 'pigeon-perch-backfill-production-';
/** The alarms of production, by their names without the prefix. */
export const alarms = all('AWS::CloudWatch::Alarm').map(
  ([, { Properties }]) => [Properties.AlarmName.replace(PREFIX, ''), Properties] as const,
);

/** The metrics of the dashboard's graphs: namespace, name and dimensions, with logical ids instead of references. */
export const dashboardMetrics = (): string[] => {
  const [[, dashboard]] = all('AWS::CloudWatch::Dashboard') as [[string, Resource]];
  const [, parts] = dashboard.Properties.DashboardBody['Fn::Join'] as [string, (string | { Ref: string })[]];
  const body = JSON.parse(parts.map((part) => (typeof part === 'string' ? part : part.Ref)).join(''));
  return body.widgets.flatMap(({ properties }: { properties: { metrics?: unknown[][] } }) =>
    (properties.metrics ?? []).map((metric) => metric.filter((part) => typeof part === 'string').join(' ')),
  );
};
