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
  definitionsTable: 'DEFINITIONS_TABLE',
  membersTable: 'MEMBERS_TABLE',
  refreshesTable: 'REFRESHES_TABLE',
  refreshQueueUrl: 'REFRESH_QUEUE_URL',
  planQueueUrl: 'PLAN_QUEUE_URL',
} as const;

/** Global secondary indexes, by table. */
export const INDEX = {
  /** Keys table: the keys of one organisation. */
  keysByOrg: 'byOrg',
  /** Contacts table: all contacts of an organisation's shard, by id. */
  contactsByOrg: 'byOrg',
  /** Contacts table: those of an organisation's shard by engagement, from low to high. */
  contactsByRank: 'byRank',
  /** Contacts table: those whose membership time alone may change, by when. Sparse. */
  contactsByDue: 'byDue',
} as const;

/** How often a message is tried before it goes to its queue's dead-letter queue. */
export const MAX_RECEIVES = 5;

/** The CloudWatch namespace of the service's own metrics. */
export const METRIC_NAMESPACE = 'PigeonPerchBackfill';

/** CloudFormation outputs that the command line tools read. */
export const OUTPUT = {
  apiUrl: 'ApiUrl',
  eventsTable: 'EventsTableName',
  contactsTable: 'ContactsTableName',
  importsTable: 'ImportsTableName',
  keysTable: 'KeysTableName',
  definitionsTable: 'DefinitionsTableName',
  membersTable: 'MembersTableName',
  refreshesTable: 'RefreshesTableName',
  refreshQueueUrl: 'RefreshQueueUrl',
  refreshDeadLetterQueueUrl: 'RefreshDeadLetterQueueUrl',
  usagePlanId: 'UsagePlanId',
} as const;
