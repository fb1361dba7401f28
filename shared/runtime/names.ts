/**
 * Names that two rooms must agree on: the stack sets them, the functions read them.
 * This file imports nothing, so that infra can use it without touching the functions' code.
 */

/** Environment variables of the functions, by what they hold. */
export const ENV = {
  eventsTable: 'EVENTS_TABLE',
  contactsTable: 'CONTACTS_TABLE',
  importsTable: 'IMPORTS_TABLE',
  keysTable: 'KEYS_TABLE',
} as const;

/** Global secondary indexes, by table. */
export const INDEX = {
  /** Keys table: the keys of one organisation. */
  keysByOrg: 'byOrg',
} as const;

/** The CloudWatch namespace of the service's own metrics. */
export const METRIC_NAMESPACE = 'PigeonPerchBackfill';

/** CloudFormation outputs that the command line tools read. */
export const OUTPUT = {
  apiUrl: 'ApiUrl',
  eventsTable: 'EventsTableName',
  contactsTable: 'ContactsTableName',
  importsTable: 'ImportsTableName',
  keysTable: 'KeysTableName',
  usagePlanId: 'UsagePlanId',
} as const;
