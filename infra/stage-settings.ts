import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { RefreshQueue } from '#shared/deployment/names.ts';

/** What differs between one deployment of the app and another. Everything else is the same everywhere. */
export interface StageSettings {
  /** Names the stack: `PigeonPerchBackfill-{name}`. */
  readonly name: string;
  /**
   * Whether data outlives the stack: tables are retained and protected from deletion, with point-in-time recovery.
   * Off for throw-away stages, which `cdk destroy` then takes away whole.
   */
  readonly keepData: boolean;
  /** How long logs are kept. */
  readonly logRetention: RetentionDays;
  /** Requests per second, and at once, of one organisation. */
  readonly throttle: { readonly ratePerSecond: number; readonly burst: number };
  /**
   * Workers of refreshes at once, by queue; Lambda takes no fewer than two. Each is a process: on a laptop more of them than
   * cores only stand in each other's way.
   */
  readonly refreshWorkers: Readonly<Record<RefreshQueue, number>>;
  /**
   * Pages of 1,000 items that one job may have in flight. Another job's first message waits behind as many pages of each job
   * that is under way, so no more than keep all workers busy.
   */
  readonly jobWindow: number;
  /** Workers of rebuilds of charts at once. */
  readonly rebuildWorkers: number;
  /**
   * Whether API Gateway counts requests by the key that the authorizer names. Off on the local stack alone: its engine
   * takes X-API-Key itself for the key of the usage plan, whatever the API's key source, and would refuse every request.
   */
  readonly usagePlan: boolean;
  /**
   * Whether Logs Insights queries are saved with the stack. Off on the local stack alone: its engine does not know
   * `AWS::Logs::QueryDefinition`.
   */
  readonly savedQueries: boolean;
  /** Who is told of alarms, by email; each address is asked to confirm. */
  readonly alarmEmails: readonly string[];
}

const PRODUCTION: StageSettings = {
  name: 'production',
  keepData: true,
  logRetention: RetentionDays.ONE_YEAR,
  // The documentation asks customers for 5 to 10 requests at a time.
  throttle: { ratePerSecond: 20, burst: 40 },
  // Bulk: what a table that was just made takes (4,000 write units a second), with room for imports. Live and due: 200 messages
  // of contacts each at any moment, whatever bulk has to do.
  refreshWorkers: { live: 20, due: 20, bulk: 50 },
  // 400 messages: eight for each bulk worker, close to the ten that it takes at once.
  jobWindow: 8,
  // Each reads some 30 MB of histories a second, strongly consistently: 8,000 read units, of 12,000 that a new table takes.
  rebuildWorkers: 10,
  usagePlan: true,
  savedQueries: true,
  alarmEmails: [],
};

/** A stage for trying things on AWS: as production, but gone when it is destroyed. */
const development = (name: string): StageSettings => ({
  ...PRODUCTION,
  name,
  keepData: false,
  logRetention: RetentionDays.ONE_WEEK,
});

/**
 * The settings of a stage: `production`, `local` (the stack on this machine), and any other name for a throw-away one.
 * @throws Error where the name cannot be part of a stack's name
 */
export const stageSettings = (name: string): StageSettings => {
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(name)) {
    throw new Error(`A stage's name is lower-case letters, digits and hyphens, not "${name}"`);
  }
  if (name === PRODUCTION.name) return PRODUCTION;
  return name === 'local'
    ? {
        ...development(name),
        refreshWorkers: { live: 2, due: 2, bulk: 2 },
        jobWindow: 2,
        rebuildWorkers: 2,
        usagePlan: false,
        savedQueries: false,
      }
    : development(name);
};
