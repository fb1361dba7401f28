/**
 * Names that two rooms must agree on: the stack sets them, the functions read them.
 * This file imports nothing, so that infra can use it without touching the functions' code.
 */

/** Environment variables of the functions, by what they hold. */
export const ENV = {
  eventsTable: 'EVENTS_TABLE',
  identitiesTable: 'IDENTITIES_TABLE',
  contactsTable: 'CONTACTS_TABLE',
  standingsTable: 'STANDINGS_TABLE',
  importsTable: 'IMPORTS_TABLE',
  keysTable: 'KEYS_TABLE',
  definitionsTable: 'DEFINITIONS_TABLE',
  membersTable: 'MEMBERS_TABLE',
  jobsTable: 'JOBS_TABLE',
  rollupsTable: 'ROLLUPS_TABLE',
  liveQueueUrl: 'LIVE_QUEUE_URL',
  dueQueueUrl: 'DUE_QUEUE_URL',
  bulkQueueUrl: 'BULK_QUEUE_URL',
  /** How many pages of one job may be in flight at the same time. */
  jobWindow: 'JOB_WINDOW',
  planQueueUrl: 'PLAN_QUEUE_URL',
  rebuildQueueUrl: 'REBUILD_QUEUE_URL',
  /** The queue whose messages the function processes. */
  ownQueueUrl: 'OWN_QUEUE_URL',
  /** How long such a function works on a batch, in ms; what is left of its timeout is for reporting what it did. */
  workMs: 'WORK_MS',
  /** The kind of events that a function imports. */
  eventKind: 'EVENT_KIND',
  /** Powertools reads it by this name. */
  metricNamespace: 'POWERTOOLS_METRICS_NAMESPACE',
  /** One of {@link SERVICE}, for code that is deployed more than once. Powertools reads it by this name. */
  service: 'POWERTOOLS_SERVICE_NAME',
} as const;

/** Global secondary indexes, by table. */
export const INDEX = {
  /** Keys table: the keys of one organisation. */
  keysByOrg: 'byOrg',
  /** Standings table: those of an organisation's contacts by engagement, from low to high. */
  standingsByRank: 'byRank',
  /** Standings table: those of contacts whose membership time alone may change, by when. Sparse. */
  standingsByDue: 'byDue',
} as const;

/**
 * The queues of refreshes, by deadline: `live` (an event that just happened, within seconds), `due` (time may have changed
 * a membership, within two minutes) and `bulk` (jobs, within hours).
 */
export const REFRESH_QUEUES = ['live', 'due', 'bulk'] as const;
export type RefreshQueue = (typeof REFRESH_QUEUES)[number];

/**
 * How often a message is received before it goes to its queue's dead-letter queue. The pauses between
 * (shared/aws/receive-pause.ts) add up to twenty minutes, so that ten minutes of trouble at DynamoDB make no dead letter.
 */
export const MAX_RECEIVES = 10;

/** The CloudWatch namespace of a stage's own metrics: two stages of one account do not mix. */
export const metricNamespace = (stage: string): string => `PigeonPerchBackfill/${stage}`;

/** The service's own metrics. A name that ends in `Ms` is a time in milliseconds, every other a count. */
export const METRIC = {
  /** Entries of a batch that are stored, contacts among them. */
  eventsImported: 'EventsImported',
  /** Entries of a batch that were not taken. */
  eventsSkipped: 'EventsSkipped',
  /** Entries of one batch. */
  batchEntries: 'BatchEntries',
  /** From an import's arrival to its answer. */
  storeMs: 'StoreMs',
  /** Calls of tables that an import had to make again. */
  storeRetries: 'StoreRetries',
  /** 1 for an import that was answered 503 or worse, 0 for any other. */
  importsIncomplete: 'ImportsIncomplete',
  contactsRefreshed: 'ContactsRefreshed',
  /** Segments that contacts entered or left. */
  segmentChanges: 'SegmentChanges',
  /** From a refresh message being sent to its contacts being refreshed. */
  refreshLagMs: 'RefreshLagMs',
  /** Contacts that a sweep found due; there is a value for every sweep that ended well. */
  contactsDue: 'ContactsDue',
  /** From a live event being stored to its contact being in the queue. */
  liveEventLagMs: 'LiveEventLagMs',
  /** Events that are new in the charts. */
  analyticsCounted: 'AnalyticsCounted',
  /** From an event being stored to its being counted. */
  streamLagMs: 'StreamLagMs',
} as const;

/** Dimensions of the metrics. None holds what customers choose, so their number is bounded. */
export const DIMENSION = {
  /** One of {@link SERVICE}; every metric has it. */
  service: 'service',
  /** The endpoint of an import, by its path behind `/api/v1/`. */
  endpoint: 'endpoint',
  /** The rule that skipped entries break, without what it quotes. */
  reason: 'reason',
} as const;

/** Who measures: the dimension `service`. */
export const SERVICE = {
  /** All import functions together; they are told apart by endpoint. */
  ingest: 'ingest',
  /** The worker of each of {@link REFRESH_QUEUES}. */
  live: 'refresh-worker-live',
  due: 'refresh-worker-due',
  bulk: 'refresh-worker-bulk',
  sweep: 'refresh-sweep',
  liveEvents: 'refresh-live-events',
  count: 'analytics-count',
  rebuild: 'analytics-rebuild',
} as const;

/** CloudFormation outputs that the command line tools read. */
export const OUTPUT = {
  apiUrl: 'ApiUrl',
  eventsTable: 'EventsTableName',
  identitiesTable: 'IdentitiesTableName',
  contactsTable: 'ContactsTableName',
  standingsTable: 'StandingsTableName',
  importsTable: 'ImportsTableName',
  keysTable: 'KeysTableName',
  definitionsTable: 'DefinitionsTableName',
  membersTable: 'MembersTableName',
  jobsTable: 'JobsTableName',
  rollupsTable: 'RollupsTableName',
  liveQueueUrl: 'LiveQueueUrl',
  liveDeadLetterQueueUrl: 'LiveDeadLetterQueueUrl',
  dueQueueUrl: 'DueQueueUrl',
  dueDeadLetterQueueUrl: 'DueDeadLetterQueueUrl',
  bulkQueueUrl: 'BulkQueueUrl',
  bulkDeadLetterQueueUrl: 'BulkDeadLetterQueueUrl',
  planQueueUrl: 'PlanQueueUrl',
  planDeadLetterQueueUrl: 'PlanDeadLetterQueueUrl',
  rebuildQueueUrl: 'RebuildQueueUrl',
  rebuildDeadLetterQueueUrl: 'RebuildDeadLetterQueueUrl',
  usagePlanId: 'UsagePlanId',
} as const;
