import { Duration, Stack } from 'aws-cdk-lib';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { DefaultDashboardFactory, MonitoringFacade, SnsAlarmActionStrategy } from 'cdk-monitoring-constructs';
import { Construct } from 'constructs';
import { metricNamespace } from '#shared/deployment/names.ts';
import { NodeFunction } from '../parts/node-function.ts';
import { saveQueries } from '../parts/saved-queries.ts';
import { clientMetrics } from '../parts/watch/clients.ts';
import { costMetrics } from '../parts/watch/cost.ts';
import { deadLetterMetrics, tableMetrics } from '../parts/watch/data.ts';
import { gatewayMetrics, importMetrics } from '../parts/watch/imports.ts';
import { backlogMetrics, jobMetrics } from '../parts/watch/queues.ts';
import { refreshMetrics, streamMetrics } from '../parts/watch/refresh.ts';
import { functionMetrics, indexMetrics, partitionMetrics } from '../parts/watch/throttles.ts';
import { createWatch, PERIOD } from '../parts/watch/watch.ts';
import type { StageSettings } from '../stage-settings.ts';
import type { Analytics } from './analytics.ts';
import type { Api } from './api.ts';
import type { Clients } from './clients.ts';
import type { Data } from './data.ts';
import type { Ingest } from './ingest.ts';
import type { Refresh } from './refresh.ts';

/** Properties of {@link Monitoring}. */
export interface MonitoringProps {
  readonly settings: StageSettings;
  readonly api: Api;
  readonly data: Data;
  readonly ingest: Ingest;
  readonly clients: Clients;
  readonly refresh: Refresh;
  readonly analytics: Analytics;
}

/**
 * Monitoring: one dashboard, alarms on symptoms that users notice, a topic that publishes them, and saved queries for
 * inspecting one organisation. Each alarm has an article in docs/runbook.md.
 */
export class Monitoring extends Construct {
  readonly topic: Topic;

  constructor(
    scope: Construct,
    id: string,
    { settings, api, data, ingest, clients, refresh, analytics }: MonitoringProps,
  ) {
    super(scope, id);
    const { queues, planQueue, liveEventStream } = refresh;
    const { restApi, accessLog } = api;
    const functions = this.functions();
    const name = `pigeon-perch-backfill-${settings.name}`;
    const namespace = metricNamespace(settings.name);
    const watch = createWatch(name, namespace);
    this.topic = this.alarmTopic(settings);

    const facade = new MonitoringFacade(this, 'Facade', {
      alarmFactoryDefaults: {
        alarmNamePrefix: name,
        actionsEnabled: true,
        action: new SnsAlarmActionStrategy({ onAlarmTopic: this.topic, onOkTopic: this.topic }),
      },
      metricFactoryDefaults: { namespace, period: PERIOD },
      dashboardFactory: new DefaultDashboardFactory(this, 'Dashboards', {
        dashboardNamePrefix: name,
        detailDashboardRange: Duration.hours(12),
      }),
    });
    facade
      .monitorCustom({
        alarmFriendlyName: 'imports',
        humanReadableName: 'Imports',
        metricGroups: importMetrics(watch),
      })
      .monitorCustom({
        alarmFriendlyName: 'clients',
        humanReadableName: 'Messages of vendors’ clients',
        metricGroups: clientMetrics(watch, clients),
      })
      .monitorCustom({
        alarmFriendlyName: 'api',
        humanReadableName: 'API',
        metricGroups: [
          ...gatewayMetrics(watch, { restApi, importers: [...ingest.functions, clients.upload] }),
          functionMetrics(watch, functions),
        ],
      })
      .monitorCustom({
        alarmFriendlyName: 'refresh',
        humanReadableName: 'Refresh',
        metricGroups: refreshMetrics(watch, queues, planQueue),
      })
      .monitorCustom({
        alarmFriendlyName: 'queues',
        humanReadableName: 'Queues and jobs',
        metricGroups: [
          ...backlogMetrics(watch, {
            ...queues,
            plan: planQueue,
            rebuild: analytics.rebuildQueue,
            messages: clients.queue,
          }),
          jobMetrics(watch),
        ],
      })
      .monitorCustom({
        alarmFriendlyName: 'streams',
        humanReadableName: 'New events: live refresh and charts',
        metricGroups: streamMetrics(watch, {
          liveEvents: liveEventStream,
          analytics: analytics.eventStream,
          rebuildQueue: analytics.rebuildQueue,
        }),
      })
      .monitorCustom({
        alarmFriendlyName: 'tables',
        humanReadableName: 'Tables and dead letters',
        metricGroups: [
          ...tableMetrics(watch, data),
          ...partitionMetrics(watch, Object.fromEntries(this.tables(data))),
          indexMetrics(watch, data),
          deadLetterMetrics(watch, {
            'refresh-live-dead-letters': queues.live,
            'refresh-due-dead-letters': queues.due,
            'refresh-bulk-dead-letters': queues.bulk,
            'message-dead-letters': clients.queue,
            'plan-dead-letters': planQueue,
            'live-event-dead-letters': liveEventStream,
            'analytics-dead-letters': analytics.eventStream,
            'rebuild-dead-letters': analytics.rebuildQueue,
          }),
        ],
      })
      .monitorCustom({
        alarmFriendlyName: 'cost',
        humanReadableName: 'Cost drivers',
        metricGroups: costMetrics({
          restApi,
          tables: this.tables(data),
          functions,
          refreshQueues: Object.entries(queues),
        }),
      });

    if (settings.savedQueries) {
      saveQueries(this, {
        folder: name,
        imports: [...ingest.functions, clients.collect, clients.upload].map(({ logGroup }) => logGroup),
        access: accessLog,
        all: functions.map(({ logGroup }) => logGroup),
      });
    }
  }

  /** The topic of the alarms, with the stage's email addresses as subscribers. Alarms contain no customer data. */
  private alarmTopic({ alarmEmails }: StageSettings): Topic {
    const topic = new Topic(this, 'Alarms', { enforceSSL: true });
    // A custom topic policy replaces the default one, which lets the account's alarms publish.
    topic.grantPublish(
      new ServicePrincipal('cloudwatch.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    for (const email of alarmEmails) topic.addSubscription(new EmailSubscription(email));
    return topic;
  }

  /** All functions of the stack. */
  private functions(): readonly NodeFunction[] {
    return Stack.of(this)
      .node.findAll()
      .filter((construct) => construct instanceof NodeFunction);
  }

  /** All tables, with their names in the code. */
  private tables(data: Data): readonly [string, ITableV2][] {
    return Object.entries(data).filter(
      (entry): entry is [string, ITableV2] => 'tableName' in (entry[1] as object),
    );
  }
}
