import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { ENV } from '#shared/deployment/names.ts';
import { EventStream } from '../parts/event-stream.ts';
import { NodeFunction, ONE_CPU_MB } from '../parts/node-function.ts';
import { grantTable } from '../parts/table-grants.ts';
import type { StageSettings } from '../stage-settings.ts';
import type { Data } from './data.ts';

/** What analytics needs. */
export interface AnalyticsProps {
  readonly settings: StageSettings;
  readonly data: Data;
}

/**
 * Records are gathered this long: the write units of a count are shared by all that one transaction counts, and a chart
 * that is some seconds late is no loss.
 */
const GATHERED = Duration.seconds(5);

/**
 * Counts of events by the dates when they occurred. The stream of the event table has two consumers with this one, which
 * is the most that DynamoDB advises.
 */
export class Analytics extends Construct {
  readonly eventStream: EventStream;

  constructor(scope: Construct, id: string, { settings, data }: AnalyticsProps) {
    super(scope, id);
    const { events, rollups } = data;
    const count = new NodeFunction(this, 'Count', {
      settings,
      folder: 'analytics/count',
      timeout: Duration.minutes(1),
      memorySize: ONE_CPU_MB,
      environment: { [ENV.rollupsTable]: rollups.tableName },
    });
    grantTable(
      rollups,
      count,
      'BatchGetItem',
      'BatchWriteItem',
      'ConditionCheckItem',
      'PutItem',
      'UpdateItem',
    );
    this.eventStream = new EventStream(this, 'EventStream', {
      events,
      consumer: count,
      impact:
        'Some events are missing from the charts, until the analytics of their organisations are rebuilt',
      window: GATHERED,
    });
  }
}
