import { CfnOutput, RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  type ITableV2,
  ProjectionType,
  type TablePropsV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { INDEX, OUTPUT } from '#shared/runtime/names.ts';
import type { StageSettings } from '../stage-settings.ts';

const string = (name: string) => ({ name, type: AttributeType.STRING });

/** The tables. Who reads and writes what is granted where the functions are; see docs/data-model.md for the keys. */
export class Data extends Construct {
  readonly events: ITableV2;
  readonly contacts: ITableV2;
  readonly imports: ITableV2;
  readonly keys: ITableV2;

  constructor(scope: Construct, id: string, { settings }: { readonly settings: StageSettings }) {
    super(scope, id);
    const table = (name: string, props: TablePropsV2): TableV2 =>
      new TableV2(this, name, {
        billing: Billing.onDemand(),
        pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: settings.keepData },
        deletionProtection: settings.keepData,
        removalPolicy: settings.keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
        ...props,
      });

    this.events = table('Events', { partitionKey: string('pk'), sortKey: string('sk') });
    this.contacts = table('Contacts', { partitionKey: string('pk') });
    this.imports = table('Imports', { partitionKey: string('pk'), sortKey: string('sk') });
    this.keys = table('Keys', {
      partitionKey: string('pk'),
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
    new CfnOutput(this, OUTPUT.contactsTable, { value: this.contacts.tableName });
    new CfnOutput(this, OUTPUT.importsTable, { value: this.imports.tableName });
    new CfnOutput(this, OUTPUT.keysTable, { value: this.keys.tableName });
  }
}
