import { Duration, Stack } from 'aws-cdk-lib';
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import {
  type CustomMetricGroup,
  type CustomMetricSearch,
  DefaultDashboardFactory,
  MetricStatistic,
  MonitoringFacade,
  SnsAlarmActionStrategy,
} from 'cdk-monitoring-constructs';
import { Construct } from 'constructs';
import { DIMENSION, METRIC, metricNamespace, SERVICE } from '#shared/runtime/names.ts';
import { type AlarmProps, alarmed } from '../parts/alarms.ts';
import { NodeFunction } from '../parts/node-function.ts';
import { saveQueries } from '../parts/saved-queries.ts';
import type { StageSettings } from '../stage-settings.ts';
import type { Analytics } from './analytics.ts';
import type { Api } from './api.ts';
import type { Data } from './data.ts';
import type { Ingest } from './ingest.ts';
import type { Refresh } from './refresh.ts';

/** What is watched. */
export interface MonitoringProps {
  readonly settings: StageSettings;
  readonly api: Api;
  readonly data: Data;
  readonly ingest: Ingest;
  readonly refresh: Refresh;
  readonly analytics: Analytics;
}

const PERIOD = Duration.minutes(5);

const HOUR_SECONDS = 3_600;
const MINUTE_MS = 60_000;

type Service = (typeof SERVICE)[keyof typeof SERVICE];
type MetricName = (typeof METRIC)[keyof typeof METRIC];

/** A metric of imports, a line for each value of the dimensions. */
const importsBy = (metricName: MetricName, ...dimensions: string[]): CustomMetricSearch => ({
  searchQuery: `MetricName="${metricName}"`,
  dimensionsMap: {
    [DIMENSION.service]: SERVICE.ingest,
    // What is undefined is part of the search without being asked for a value.
    ...Object.fromEntries(dimensions.map((name) => [name, undefined])),
  },
  statistic: MetricStatistic.SUM,
  period: PERIOD,
});

/**
 * An eye on every import: one dashboard, alarms on what users notice, a topic that tells of them, and saved queries for
 * looking at one organisation. Each alarm has its article in docs/runbook.md.
 */
export class Monitoring extends Construct {
  readonly topic: Topic;
  private readonly namespace: string;
  private readonly alarm: (props: AlarmProps) => ReturnType<ReturnType<typeof alarmed>>;

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    const { settings, api, ingest } = props;
    const name = `pigeon-perch-backfill-${settings.name}`;
    this.namespace = metricNamespace(settings.name);
    this.alarm = alarmed(name);
    this.topic = this.alarmTopic(settings);

    const facade = new MonitoringFacade(this, 'Facade', {
      alarmFactoryDefaults: {
        alarmNamePrefix: name,
        actionsEnabled: true,
        action: new SnsAlarmActionStrategy({ onAlarmTopic: this.topic, onOkTopic: this.topic }),
      },
      metricFactoryDefaults: { namespace: this.namespace, period: PERIOD },
      dashboardFactory: new DefaultDashboardFactory(this, 'Dashboards', {
        dashboardNamePrefix: name,
        detailDashboardRange: Duration.hours(12),
      }),
    });
    facade
      .monitorCustom({
        alarmFriendlyName: 'imports',
        humanReadableName: 'Imports',
        metricGroups: this.imports(),
      })
      .monitorCustom({
        alarmFriendlyName: 'api',
        humanReadableName: 'API',
        metricGroups: this.gateway(props),
      })
      .monitorCustom({
        alarmFriendlyName: 'refresh',
        humanReadableName: 'Refresh',
        metricGroups: this.refreshing(props),
      })
      .monitorCustom({
        alarmFriendlyName: 'streams',
        humanReadableName: 'New events: live refresh and charts',
        metricGroups: this.streams(props),
      })
      .monitorCustom({
        alarmFriendlyName: 'tables',
        humanReadableName: 'Tables and dead letters',
        metricGroups: [...this.tables(props), this.deadLetters(props)],
      })
      .monitorCustom({
        alarmFriendlyName: 'cost',
        humanReadableName: 'Cost drivers',
        metricGroups: this.costDrivers(props),
      });

    if (settings.savedQueries) {
      saveQueries(this, {
        folder: name,
        imports: ingest.functions.map(({ logGroup }) => logGroup),
        access: api.accessLog,
        all: this.functions().map(({ logGroup }) => logGroup),
      });
    }
  }

  /** Alarms go there, and from there to whom the stage names. They hold no data of customers. */
  private alarmTopic({ alarmEmails }: StageSettings): Topic {
    const topic = new Topic(this, 'Alarms', { enforceSSL: true });
    // A topic with a policy of its own has lost the default one, by which the account's alarms may publish.
    topic.grantPublish(
      new ServicePrincipal('cloudwatch.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    for (const email of alarmEmails) topic.addSubscription(new EmailSubscription(email));
    return topic;
  }

  /** A metric of the functions' own, over all that the service measures. */
  private own(service: Service, metricName: MetricName, statistic: string, label?: string): Metric {
    return new Metric({
      namespace: this.namespace,
      metricName,
      dimensionsMap: { [DIMENSION.service]: service },
      statistic,
      period: PERIOD,
      ...(label !== undefined && { label }),
    });
  }

  /** All functions of the stack. */
  private functions(): readonly NodeFunction[] {
    return Stack.of(this)
      .node.findAll()
      .filter((construct) => construct instanceof NodeFunction);
  }

  private imports(): CustomMetricGroup[] {
    const { ingest } = SERVICE;
    return [
      { title: 'Imported, by endpoint', metrics: [importsBy(METRIC.eventsImported, DIMENSION.endpoint)] },
      {
        title: 'Skipped, by endpoint and reason',
        metrics: [importsBy(METRIC.eventsSkipped, DIMENSION.endpoint, DIMENSION.reason)],
      },
      {
        title: 'Time of an import (ms)',
        metrics: [
          this.own(ingest, METRIC.storeMs, Stats.p(50), 'p50'),
          this.own(ingest, METRIC.storeMs, Stats.p(99), 'p99'),
        ],
      },
      {
        title: 'Entries of a batch',
        metrics: [
          this.own(ingest, METRIC.batchEntries, Stats.AVERAGE, 'average'),
          this.own(ingest, METRIC.batchEntries, Stats.MAXIMUM, 'most'),
        ],
      },
      {
        title: 'Not all stored (503), and calls made again',
        metrics: [
          this.alarm({
            name: 'imports-incomplete',
            impact: 'Importers are answered 503 and must send the same batches again; nothing is lost',
            metric: this.own(ingest, METRIC.importsIncomplete, Stats.SUM),
            label: 'incomplete',
            threshold: 5,
            periods: 2,
          }),
          this.own(ingest, METRIC.storeRetries, Stats.SUM, 'calls again'),
        ],
      },
    ];
  }

  private gateway({ api: { restApi }, ingest }: MonitoringProps): CustomMetricGroup[] {
    const errors = ingest.functions.map((fn) =>
      this.alarm({
        name: `import-errors-${fn.folder.replace('ingest/', '')}`,
        article: 'import-errors',
        impact: `Imports of ${fn.folder.replace('ingest/', '')} are answered 503 because their function breaks`,
        metric: fn.metricErrors({ period: PERIOD }),
        label: fn.folder,
        threshold: 0,
        periods: 2,
      }),
    );
    return [
      {
        title: 'Answers',
        metrics: [
          restApi.metricCount({ period: PERIOD, label: 'all', statistic: Stats.SUM }),
          restApi.metricClientError({ period: PERIOD, label: '4xx (429 among them)', statistic: Stats.SUM }),
          restApi.metricServerError({ period: PERIOD, label: '5xx', statistic: Stats.SUM }),
        ],
      },
      {
        title: 'Part of answers that are 5xx',
        metrics: [
          this.alarm({
            name: 'api-failures',
            impact: 'More than one request in twenty fails, and callers must send it again',
            metric: restApi.metricServerError({ period: PERIOD, statistic: Stats.AVERAGE }),
            label: '5xx',
            threshold: 0.05,
            periods: 2,
          }),
        ],
      },
      {
        title: 'Latency (ms)',
        metrics: [
          restApi.metricLatency({ period: PERIOD, label: 'p50', statistic: Stats.p(50) }),
          restApi.metricLatency({ period: PERIOD, label: 'p99', statistic: Stats.p(99) }),
        ],
      },
      {
        title: 'Import functions: errors and throttles',
        metrics: [
          ...errors,
          ...ingest.functions.map((fn) =>
            fn.metricThrottles({ period: PERIOD, label: `${fn.folder} throttled` }),
          ),
        ],
      },
    ];
  }

  private refreshing({ refresh: { refreshQueue, planQueue } }: MonitoringProps): CustomMetricGroup[] {
    return [
      {
        title: 'Contacts refreshed, segments entered or left',
        metrics: [
          this.own(SERVICE.worker, METRIC.contactsRefreshed, Stats.SUM, 'contacts'),
          this.own(SERVICE.worker, METRIC.segmentChanges, Stats.SUM, 'segment changes'),
        ],
      },
      {
        title: 'From asking to refreshed (ms)',
        metrics: [
          this.own(SERVICE.worker, METRIC.refreshLagMs, Stats.p(50), 'p50'),
          this.own(SERVICE.worker, METRIC.refreshLagMs, Stats.p(99), 'p99'),
        ],
      },
      {
        title: 'Messages that wait',
        metrics: [
          refreshQueue.metricWaiting().with({ label: 'refresh' }),
          planQueue.metricWaiting().with({ label: 'plan' }),
        ],
      },
      {
        title: 'Age of the oldest message (s)',
        metrics: [
          this.alarm({
            name: 'refresh-late',
            impact: 'Scores, segments and live events are shown more than an hour late',
            metric: refreshQueue.metricAge(),
            label: 'refresh',
            threshold: HOUR_SECONDS,
            periods: 3,
          }),
          this.alarm({
            name: 'plan-late',
            impact: 'New or changed segments and scoring weights are not applied',
            metric: planQueue.metricAge(),
            label: 'plan',
            threshold: HOUR_SECONDS / 4,
            periods: 3,
          }),
        ],
      },
      {
        title: 'Contacts due by time, sweeps that ended well',
        metrics: [
          this.own(SERVICE.sweep, METRIC.contactsDue, Stats.SUM, 'contacts due'),
          this.alarm({
            name: 'sweep-stopped',
            impact: 'Contacts do not leave or enter segments as time passes',
            metric: this.own(SERVICE.sweep, METRIC.contactsDue, Stats.SAMPLE_COUNT),
            label: 'sweeps',
            threshold: 1,
            bad: 'below',
            silenceIsBad: true,
          }),
        ],
      },
    ];
  }

  private streams({ refresh, analytics }: MonitoringProps): CustomMetricGroup[] {
    return [
      {
        title: 'How far consumers are behind (ms)',
        metrics: [
          this.alarm({
            name: 'live-events-late',
            impact: 'What contacts do now changes their scores and segments minutes late',
            metric: refresh.liveEventStream.metricAge(),
            label: 'live refresh',
            threshold: 10 * MINUTE_MS,
            periods: 2,
          }),
          this.alarm({
            name: 'analytics-late',
            impact: 'Charts lack the newest imports',
            metric: analytics.eventStream.metricAge(),
            label: 'charts',
            threshold: 30 * MINUTE_MS,
            periods: 2,
          }),
        ],
      },
      {
        title: 'From stored to seen to (ms)',
        metrics: [
          this.own(SERVICE.liveEvents, METRIC.liveEventLagMs, Stats.MAXIMUM, 'live events queued'),
          this.own(SERVICE.count, METRIC.streamLagMs, Stats.MAXIMUM, 'events counted'),
        ],
      },
      {
        title: 'Events new in the charts',
        metrics: [this.own(SERVICE.count, METRIC.analyticsCounted, Stats.SUM, 'events')],
      },
    ];
  }

  private tables({ data }: MonitoringProps): CustomMetricGroup[] {
    const throttled = (table: ITableV2): Metric =>
      table.metric('WriteThrottleEvents', { statistic: Stats.SUM, period: PERIOD });
    return [
      {
        title: 'Throttled writes',
        metrics: [
          this.alarm({
            name: 'events-throttled',
            impact: 'Imports take longer, and some are answered 503 and must be sent again',
            metric: throttled(data.events),
            label: 'events',
            threshold: 1_000,
            periods: 3,
          }),
          this.alarm({
            name: 'contacts-throttled',
            impact: 'Imports of contacts and refreshes take longer',
            metric: throttled(data.contacts),
            label: 'contacts',
            threshold: 1_000,
            periods: 3,
          }),
          throttled(data.rollups).with({ label: 'rollups' }),
        ],
      },
      {
        title: 'Writes of events that DynamoDB broke at',
        metrics: [
          this.alarm({
            name: 'events-table-errors',
            impact: 'Imports take longer or are answered 503, because of DynamoDB itself',
            metric: data.events.metric('SystemErrors', {
              dimensionsMap: { TableName: data.events.tableName, Operation: 'BatchWriteItem' },
              statistic: Stats.SUM,
              period: PERIOD,
            }),
            label: 'system errors',
            threshold: 100,
            periods: 3,
          }),
        ],
      },
    ];
  }

  private deadLetters({ refresh, analytics }: MonitoringProps): CustomMetricGroup {
    const { refreshQueue, planQueue, liveEventStream } = refresh;
    const sources = [
      { name: 'refresh-dead-letters', source: refreshQueue },
      { name: 'plan-dead-letters', source: planQueue },
      { name: 'live-event-dead-letters', source: liveEventStream },
      { name: 'analytics-dead-letters', source: analytics.eventStream },
    ];
    return {
      title: 'Dead letters',
      metrics: sources.map(({ name, source }) =>
        this.alarm({
          name,
          impact: source.impact,
          metric: source.metricDeadLetters().with({ statistic: Stats.MAXIMUM }),
          label: name,
          threshold: 0,
        }),
      ),
    };
  }

  private costDrivers({ api, data, refresh }: MonitoringProps): CustomMetricGroup[] {
    const tables = Object.entries(data).filter(
      (entry): entry is [string, ITableV2] => 'tableName' in (entry[1] as object),
    );
    const units = (metricName: string): Metric[] =>
      tables.map(([label, table]) =>
        table.metric(metricName, { statistic: Stats.SUM, period: PERIOD, label }),
      );
    const byStage = Map.groupBy(this.functions(), ({ folder }) => folder.split('/', 1)[0] as string);
    const gigabyteSeconds = [...byStage].map(([stage, functions], nth) => {
      const metrics = functions.map(
        (fn, at) => [`s${nth}f${at}`, fn.metricDuration({ statistic: Stats.SUM, period: PERIOD })] as const,
      );
      const terms = functions.map(({ memoryMb }, at) => `FILL(s${nth}f${at},0)*${memoryMb / 1_024}`);
      return new MathExpression({
        expression: `(${terms.join('+')})/1000`,
        usingMetrics: Object.fromEntries(metrics),
        label: stage,
        period: PERIOD,
      });
    });
    return [
      { title: 'Write units, by table', metrics: units('ConsumedWriteCapacityUnits') },
      { title: 'Read units, by table', metrics: units('ConsumedReadCapacityUnits') },
      { title: 'Lambda GB-seconds, by stage', metrics: gigabyteSeconds },
      {
        title: 'Requests and messages',
        metrics: [
          api.restApi.metricCount({ period: PERIOD, label: 'requests', statistic: Stats.SUM }),
          refresh.refreshQueue.queue.metricNumberOfMessagesSent({
            period: PERIOD,
            label: 'refresh messages',
          }),
        ],
      },
    ];
  }
}
