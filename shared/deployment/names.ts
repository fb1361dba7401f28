/**
 * Names that the stack sets and that the functions and the command line tools read.
 * This file imports nothing, so that infra can use it without depending on the functions' code.
 */

/** Names of the functions' environment variables. */
export const ENV = {
  eventsTable: 'EVENTS_TABLE',
  identitiesTable: 'IDENTITIES_TABLE',
  contactsTable: 'CONTACTS_TABLE',
  companiesTable: 'COMPANIES_TABLE',
  standingsTable: 'STANDINGS_TABLE',
  importsTable: 'IMPORTS_TABLE',
  keysTable: 'KEYS_TABLE',
  definitionsTable: 'DEFINITIONS_TABLE',
  membersTable: 'MEMBERS_TABLE',
  jobsTable: 'JOBS_TABLE',
  rollupsTable: 'ROLLUPS_TABLE',
  messageQueueUrl: 'MESSAGE_QUEUE_URL',
  /** The calls of vendors' clients that an organisation may send in a second. */
  liveRatePerSecond: 'LIVE_RATE_PER_SECOND',
  /** The uploads that an organisation may send in a second. */
  uploadRatePerSecond: 'UPLOAD_RATE_PER_SECOND',
  liveQueueUrl: 'LIVE_QUEUE_URL',
  dueQueueUrl: 'DUE_QUEUE_URL',
  bulkQueueUrl: 'BULK_QUEUE_URL',
  /** How many pages of one job may be in flight at the same time. */
  jobWindow: 'JOB_WINDOW',
  planQueueUrl: 'PLAN_QUEUE_URL',
  rebuildQueueUrl: 'REBUILD_QUEUE_URL',
  /** The queue whose messages the function processes. */
  ownQueueUrl: 'OWN_QUEUE_URL',
  /** The dead-letter queue of a function that processes a stream: for the records that it sets aside itself. */
  deadLetterQueueUrl: 'DEAD_LETTER_QUEUE_URL',
  /** How long such a function works on a batch, in ms; the remainder of its timeout is for reporting the results. */
  workMs: 'WORK_MS',
  /** How long a message in hand is invisible after each extension, in seconds: the wait after its worker was killed. */
  holdSeconds: 'HOLD_SECONDS',
  /** The kind of events that a function imports. */
  eventKind: 'EVENT_KIND',
  /** Powertools defines this name. */
  metricNamespace: 'POWERTOOLS_METRICS_NAMESPACE',
  /** One of {@link SERVICE}, for code that is deployed more than once. Powertools defines this name. */
  service: 'POWERTOOLS_SERVICE_NAME',
} as const;

/** The tables, by the ids of their constructs. */
export const TABLES = [
  'Events',
  'Identities',
  'Contacts',
  'Companies',
  'Standings',
  'Imports',
  'Definitions',
  'Members',
  'Jobs',
  'Rollups',
  'Keys',
] as const;
/** One of {@link TABLES}. */
export type Table = (typeof TABLES)[number];

/** Global secondary indexes, by table. */
export const INDEX = {
  /** Keys table: the keys of one organisation. */
  keysByOrg: 'byOrg',
  /** Standings table: the standings of an organisation's contacts, by ascending engagement. */
  standingsByRank: 'byRank',
  /** Standings table: the standings that time alone may change, by the moment when they are due. Sparse. */
  standingsByDue: 'byDue',
} as const;

/**
 * The queues of refreshes, by deadline: `live` (an event that just happened, within seconds), `due` (time may have
 * changed a membership, within two minutes) and `bulk` (jobs, within hours).
 */
export const REFRESH_QUEUES = ['live', 'due', 'bulk'] as const;
/** One of {@link REFRESH_QUEUES}. */
export type RefreshQueue = (typeof REFRESH_QUEUES)[number];

/**
 * How often a message is received before SQS moves it to the dead-letter queue. The pauses between receives
 * (shared/aws/receive-pause.ts) add up to twenty minutes, so an outage of DynamoDB for ten minutes causes no dead
 * letters.
 */
export const MAX_RECEIVES = 10;

/** The CloudWatch namespace of a stage's own metrics; it keeps the stages of one account apart. */
export const metricNamespace = (stage: string): string => `PigeonPerchBackfill/${stage}`;

/** The service's own metrics. A name that ends in `Ms` is a duration in milliseconds; all others are counts. */
export const METRIC = {
  /** Entries of a batch that were stored, whether events or contacts. */
  eventsImported: 'EventsImported',
  /** Entries of a batch that were refused. */
  eventsSkipped: 'EventsSkipped',
  /** Entries of one batch. */
  batchEntries: 'BatchEntries',
  /** From an import's arrival to its response. */
  storeMs: 'StoreMs',
  /** Calls to tables that an import had to retry. */
  storeRetries: 'StoreRetries',
  /** 1 for an import whose response is 503 or another server error, 0 for any other. */
  importsIncomplete: 'ImportsIncomplete',
  /** From accepting messages of vendors' clients to storing them. */
  messageLagMs: 'MessageLagMs',
  contactsRefreshed: 'ContactsRefreshed',
  /** Segments that contacts entered or left. */
  segmentChanges: 'SegmentChanges',
  /** Items of a job that had failed when their page was settled, after all attempts. */
  jobItemsFailed: 'JobItemsFailed',
  /** From sending a refresh message to completing the refresh of its contacts. */
  refreshLagMs: 'RefreshLagMs',
  /** Contacts that a sweep found due; every sweep that succeeds publishes a value. */
  contactsDue: 'ContactsDue',
  /** From storing a live event to queueing its contact. */
  liveEventLagMs: 'LiveEventLagMs',
  /** Events that were added to the charts. */
  analyticsCounted: 'AnalyticsCounted',
  /** From storing an event to counting it. */
  streamLagMs: 'StreamLagMs',
} as const;

/** Dimensions of the metrics. No dimension has values that customers choose, so the number of metrics is bounded. */
export const DIMENSION = {
  /** One of {@link SERVICE}; every metric has it. */
  service: 'service',
  /** The endpoint of an import, by its path behind `/api/v1/`. */
  endpoint: 'endpoint',
  /** The rule that skipped entries break, without the value that its message quotes. */
  reason: 'reason',
} as const;

/** Values of the dimension `service`: the source of a metric. */
export const SERVICE = {
  /** All import functions together; the dimension `endpoint` distinguishes them. */
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

/** The tag of API Gateway's keys with the id of their usage plan. */
export const USAGE_PLAN_TAG = 'usagePlan';

/** Names of the CloudFormation outputs that the command line tools read. */
export const OUTPUT = {
  apiUrl: 'ApiUrl',
  eventsTable: 'EventsTableName',
  identitiesTable: 'IdentitiesTableName',
  contactsTable: 'ContactsTableName',
  companiesTable: 'CompaniesTableName',
  standingsTable: 'StandingsTableName',
  importsTable: 'ImportsTableName',
  keysTable: 'KeysTableName',
  definitionsTable: 'DefinitionsTableName',
  membersTable: 'MembersTableName',
  jobsTable: 'JobsTableName',
  rollupsTable: 'RollupsTableName',
  messageQueueUrl: 'MessageQueueUrl',
  messageDeadLetterQueueUrl: 'MessageDeadLetterQueueUrl',
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
