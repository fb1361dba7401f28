import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { RefreshQueue } from '#shared/deployment/names.ts';
import type { CustomDomain } from './parts/custom-domain.ts';

/** A throttle: requests per second, and the burst above that rate. */
export interface Throttle {
  readonly ratePerSecond: number;
  readonly burst: number;
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
    /** Requests that match no route. */
    readonly unknown: Throttle;
  };
  /**
   * The requests per minute from one address above which AWS WAF blocks the address; it costs 6 dollars a month, and 0.60 per
   * million requests. No limit if undefined, as on the local stack, whose engine cannot attach a web ACL.
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
}

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
    unknown: { ratePerSecond: 10, burst: 20 },
  },
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
});

/** The local stack. */
const local: StageSettings = {
  ...development('local'),
  refreshWorkers: { live: 2, due: 2, bulk: 2 },
  jobWindow: 2,
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
 * @throws Error if the name cannot be part of a stack's name
 */
export const stageSettings = (name: string, given: Partial<StageSettings> = {}): StageSettings => {
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(name)) {
    throw new Error(`A stage name consists of lower-case letters, digits and hyphens; "${name}" does not`);
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
