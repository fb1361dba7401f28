import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { RefreshQueue, Table } from '#shared/deployment/names.ts';
import type { CustomDomain } from './parts/custom-domain.ts';

/** Thrown when the settings of a stage are invalid; the message names the setting and its place. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** A throttle: requests per second, and the burst above that rate. */
export interface Throttle {
  readonly ratePerSecond: number;
  readonly burst: number;
}

/** A table that was restored to a moment, under a name of its own. */
export interface RestoredTable {
  readonly name: string;
  /** The ARN of its stream, for the table whose stream has consumers. */
  readonly streamArn?: string | undefined;
}

/** The settings that differ between deployments of the app. Everything else is the same in every stage. */
export interface StageSettings {
  /** The stage's name, part of the stack's name: `PigeonPerchBackfill-{name}`. */
  readonly name: string;
  /**
   * Whether the data outlives the stack: tables are retained, protected from deletion, and have point-in-time recovery.
   * Off for temporary stages, so that `cdk destroy` removes them completely.
   */
  readonly keepData: boolean;
  /** The retention of logs. */
  readonly logRetention: RetentionDays;
  /** The throttle of one organisation. */
  readonly throttle: Throttle;
  /** The throttles of all callers together, with or without a key; API Gateway counts each method of each route separately. */
  readonly routeThrottles: {
    readonly keyed: Throttle;
    /** Routes that require no key. */
    readonly open: Throttle;
    /** Calls of vendors' clients. */
    readonly clients: Throttle;
    /** Requests that match no route. */
    readonly unknown: Throttle;
  };
  /** The calls of vendors' clients that one organisation may send in a second; they are throttled apart from its own requests. */
  readonly liveRatePerSecond: number;
  /**
   * The requests per minute from one address above which AWS WAF blocks the address; it costs 7 dollars a month, and 0.60 per
   * million requests. For calls of vendors' clients it is twenty times as high. No limit if undefined, as on the local stack, whose engine cannot attach a web ACL.
   */
  readonly addressLimit: number | undefined;
  /**
   * Maximum number of concurrent refresh workers, by queue; Lambda's minimum is two. On the local stack each is a process,
   * and more processes than cores only compete for CPU.
   */
  readonly refreshWorkers: Readonly<Record<RefreshQueue, number>>;
  /**
   * Maximum number of pages (1,000 items each) that one job has in flight. The first message of another job waits behind that
   * many pages of each running job, so the window is no larger than it takes to keep all workers busy.
   */
  readonly jobWindow: number;
  /** Maximum number of concurrent workers that rebuild charts. */
  readonly rebuildWorkers: number;
  /** Maximum number of concurrent functions that import collected messages; Lambda's minimum is two. */
  readonly collectors: number;
  /**
   * The concurrent executions of Lambda in the account and region (Service Quotas, `L-B99A9384`): 1,000, in a new account as few
   * as 10. If the reservations do not fit into it, nothing is reserved, with a warning; if it is undefined, nothing is reserved,
   * for temporary stages that share an account.
   */
  readonly accountConcurrency: number | undefined;
  /**
   * The concurrent executions that are reserved for functions, by folder and role. A function always has them, and never more:
   * further requests to it return 500 or 503 with `Retry-After`. Functions that are not listed share the rest of the account;
   * each of them has another maximum, the concurrency of its queue or its stream.
   */
  readonly reservedConcurrency: Readonly<Record<string, number>>;
  /**
   * Whether API Gateway applies the usage plan, by the key that the authorizer returns. Off only on the local stack: its
   * engine treats X-API-Key as the usage plan's key, whatever the API's key source, and would reject every request.
   */
  readonly usagePlan: boolean;
  /**
   * Whether the stack includes saved Logs Insights queries. Off only on the local stack: its engine does not support
   * `AWS::Logs::QueryDefinition`.
   */
  readonly savedQueries: boolean;
  /** Email addresses that are notified of alarms; SNS asks each to confirm its subscription. */
  readonly alarmEmails: readonly string[];
  /** @default - the host name that API Gateway assigns */
  readonly domain?: CustomDomain | undefined;
  /**
   * Tables that serve in place of the stack's own, which stay as they are. A restored table is used by its name until it is
   * imported into the stack; docs/adr/0018-restored-tables-by-name.md.
   * @default - none
   */
  readonly restoredTables?: Readonly<Partial<Record<Table, RestoredTable>>> | undefined;
}

/**
 * An account's 1,000 concurrent executions: 540 are reserved, 120 are the maximum of the workers of queues (`refreshWorkers`,
 * `rebuildWorkers`, `collectors` and eight planners), 320 that of the two stream consumers at the event table's quota (four for each of 40
 * shards), and one is the sweep's. docs/capacity.md has the budget.
 */
const RESERVED_CONCURRENCY: StageSettings['reservedConcurrency'] = {
  // One call for each key and minute, of some 20 ms: 2,500 a second, and 250 while all of them start.
  'authorize/api-key': 50,
  // An import takes a second, so these are 20 to 60 batches a second for each endpoint, many times the table's throughput. If
  // writes are throttled, an import takes up to 22 seconds; more of them at once would only be throttled more.
  'ingest/events email': 60,
  'ingest/events web': 40,
  'ingest/events track': 40,
  'ingest/contacts': 60,
  'ingest/events location-interests': 20,
  'ingest/events location-history': 20,
  // Reads of 10 to 50 ms: some 1,000 profiles a second. Charts take up to a second of CPU time.
  'query/contacts': 40,
  'query/activity': 20,
  'query/analytics': 20,
  'query/refreshes': 20,
  'query/imports': 10,
  'query/companies': 10,
  // Calls that people make, or a program once for each migration.
  'define/segments': 10,
  'define/scoring': 5,
  'refresh/start': 10,
  // Some 10 ms each: 8,000 calls of clients a second.
  'clients/accept': 80,
  // Uploads of files take seconds each.
  'clients/leadvibe': 20,
  // This needs no key, so its share is small: a flood of requests without a key must not use up the account.
  'contract/openapi': 5,
};

const PRODUCTION: StageSettings = {
  name: 'production',
  keepData: true,
  logRetention: RetentionDays.ONE_YEAR,
  // The documentation asks customers to send 5 to 10 requests in parallel.
  throttle: { ratePerSecond: 20, burst: 40 },
  routeThrottles: {
    // Fifty organisations at their full rate on one route, and a tenth of the account's 10,000 a second.
    keyed: { ratePerSecond: 1_000, burst: 1_000 },
    // Generators of clients read the contract now and then. Unknown requests are mistakes and scans.
    open: { ratePerSecond: 20, burst: 40 },
    // Five organisations at their full rate, and half of the account's 10,000 a second.
    clients: { ratePerSecond: 5_000, burst: 5_000 },
    unknown: { ratePerSecond: 10, burst: 20 },
  },
  // As the vendors state for their own endpoints (Segment, Customer.io).
  liveRatePerSecond: 1_000,
  // Five organisations at their full rate behind one address, such as those of one agency.
  addressLimit: 6_000,
  // Bulk: within the capacity of a new table (4,000 write units a second), with headroom for imports. Live and due: 200
  // messages each in progress at any moment, independent of the bulk backlog.
  refreshWorkers: { live: 20, due: 20, bulk: 50 },
  // 400 messages: eight for each bulk worker, close to the ten that it receives at once.
  jobWindow: 8,
  // Each reads at most some 30 MB of histories a second, strongly consistently: 8,000 read units, of the 12,000 that a new table
  // serves. More would throttle the reads of refreshes, which are more urgent.
  rebuildWorkers: 2,
  // Each stores thousands of messages in a second or two.
  collectors: 20,
  accountConcurrency: 1_000,
  reservedConcurrency: RESERVED_CONCURRENCY,
  usagePlan: true,
  savedQueries: true,
  alarmEmails: [],
};

/** A temporary stage on AWS: as production, but `cdk destroy` deletes its data. */
const development = (name: string): StageSettings => ({
  ...PRODUCTION,
  name,
  keepData: false,
  logRetention: RetentionDays.ONE_WEEK,
  accountConcurrency: undefined,
});

/** The local stack. */
const local: StageSettings = {
  ...development('local'),
  refreshWorkers: { live: 2, due: 2, bulk: 2 },
  jobWindow: 2,
  collectors: 2,
  usagePlan: false,
  savedQueries: false,
  addressLimit: undefined,
};

const builtIn = (name: string): StageSettings => {
  if (name === PRODUCTION.name) return PRODUCTION;
  return name === local.name ? local : development(name);
};

/**
 * The settings of a stage: `production`, `local` (the local stack), or any other name for a temporary stage.
 * @param given - the operator's settings, which replace the defaults; see given-settings.ts
 * @throws {@link SettingsError} if the name cannot be part of a stack's name
 */
export const stageSettings = (name: string, given: Partial<StageSettings> = {}): StageSettings => {
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(name)) {
    throw new SettingsError(
      `A stage name consists of lower-case letters, digits and hyphens; "${name}" does not`,
    );
  }
  return { ...builtIn(name), ...given };
};

/**
 * What the settings lack for a deployment.
 * @returns sentences for the operator; empty if nothing is missing
 */
export const missingSettings = ({ name, alarmEmails }: StageSettings): readonly string[] =>
  name === PRODUCTION.name && alarmEmails.length === 0
    ? [
        'Nobody would be notified of alarms: list at least one address in context.stages.production.alarmEmails of cdk.json, such as ["oncall@example.com"]',
      ]
    : [];
