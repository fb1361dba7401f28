import { Annotations, CfnOutput } from 'aws-cdk-lib';
import {
  type Attribute,
  AttributeType,
  Billing,
  type ITableV2,
  ProjectionType,
  StreamViewType,
  type TablePropsV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { INDEX, OUTPUT, type Table } from '#shared/deployment/names.ts';
import type { StageSettings } from '../stage-settings.ts';

const string = (name: string) => ({ name, type: AttributeType.STRING });

/** The tables. Access is granted by the stages that define the functions; docs/data-model.md describes the keys. */
export class Data extends Construct {
  readonly events: ITableV2;
  readonly identities: ITableV2;
  readonly contacts: ITableV2;
  readonly companies: ITableV2;
  readonly standings: ITableV2;
  readonly imports: ITableV2;
  readonly keys: ITableV2;
  readonly definitions: ITableV2;
  readonly members: ITableV2;
  readonly jobs: ITableV2;
  readonly rollups: ITableV2;

  constructor(scope: Construct, id: string, { settings }: { readonly settings: StageSettings }) {
    super(scope, id);
    const table = (name: Table, props: TablePropsV2): ITableV2 => {
      const own = new TableV2(this, name, {
        billing: Billing.onDemand(),
        pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: settings.keepData },
        deletionProtection: settings.keepData,
        ...props,
      });
      const restored = settings.restoredTables?.[name];
      if (restored === undefined) return own;
      Annotations.of(own).addWarningV2(
        'restored-table',
        `${name} is served by ${restored.name}, which the stack does not manage yet: see "Restoring tables" in docs/runbook.md`,
      );
      return TableV2.fromTableAttributes(this, `Restored${name}`, {
        tableName: restored.name,
        ...(restored.streamArn !== undefined && { tableStreamArn: restored.streamArn }),
      });
    };

    const keyed = { partitionKey: string('pk'), sortKey: string('sk') };
    this.events = table('Events', { ...keyed, dynamoStream: StreamViewType.NEW_IMAGE });
    const index = (indexName: string, partition: string, sortKey: Attribute) => ({
      indexName,
      partitionKey: string(partition),
      sortKey,
      projectionType: ProjectionType.KEYS_ONLY,
    });
    this.identities = table('Identities', keyed);
    this.contacts = table('Contacts', { partitionKey: string('pk') });
    this.companies = table('Companies', keyed);
    this.standings = table('Standings', {
      partitionKey: string('pk'),
      globalSecondaryIndexes: [
        index(INDEX.standingsByRank, 'rankShard', string('rank')),
        index(INDEX.standingsByDue, 'dueShard', { name: 'dueAt', type: AttributeType.NUMBER }),
      ],
    });
    this.imports = table('Imports', keyed);
    this.definitions = table('Definitions', keyed);
    this.members = table('Members', keyed);
    this.jobs = table('Jobs', { ...keyed, timeToLiveAttribute: 'expiresAt' });
    this.rollups = table('Rollups', { ...keyed, timeToLiveAttribute: 'expiresAt' });
    this.keys = table('Keys', {
      partitionKey: string('pk'),
      timeToLiveAttribute: 'expiresAt',
      globalSecondaryIndexes: [
        {
          indexName: INDEX.keysByOrg,
          partitionKey: string('orgId'),
          sortKey: string('keyId'),
          projectionType: ProjectionType.ALL,
        },
      ],
    });

    new CfnOutput(this, OUTPUT.eventsTable, { value: this.events.tableName });
    new CfnOutput(this, OUTPUT.identitiesTable, { value: this.identities.tableName });
    new CfnOutput(this, OUTPUT.contactsTable, { value: this.contacts.tableName });
    new CfnOutput(this, OUTPUT.companiesTable, { value: this.companies.tableName });
    new CfnOutput(this, OUTPUT.standingsTable, { value: this.standings.tableName });
    new CfnOutput(this, OUTPUT.importsTable, { value: this.imports.tableName });
    new CfnOutput(this, OUTPUT.keysTable, { value: this.keys.tableName });
    new CfnOutput(this, OUTPUT.definitionsTable, { value: this.definitions.tableName });
    new CfnOutput(this, OUTPUT.membersTable, { value: this.members.tableName });
    new CfnOutput(this, OUTPUT.jobsTable, { value: this.jobs.tableName });
    new CfnOutput(this, OUTPUT.rollupsTable, { value: this.rollups.tableName });
  }
}
