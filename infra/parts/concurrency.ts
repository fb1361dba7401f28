import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { StageSettings } from '../stage-settings.ts';

/**
 * The concurrent executions that Lambda keeps for functions without a reservation. Source: Lambda Developer Guide,
 * "Configuring reserved concurrency for a function": "You can reserve up to the Unreserved account concurrency value minus
 * 100".
 */
const UNRESERVED = 100;

type ConcurrencySettings = Pick<StageSettings, 'accountConcurrency' | 'reservedConcurrency'>;

const reservedSum = ({ reservedConcurrency }: ConcurrencySettings): number =>
  Object.values(reservedConcurrency).reduce((sum, reserved) => sum + reserved, 0);

/** Whether Lambda accepts the reservations of a stage. */
const fits = (settings: ConcurrencySettings & { readonly accountConcurrency: number }): boolean =>
  reservedSum(settings) <= settings.accountConcurrency - UNRESERVED;

/**
 * The concurrent executions that are reserved for a function, which are also its maximum.
 * @param label - the function's folder and role
 * @returns undefined if the function has no reservation: it shares those of the account that are not reserved
 */
export const reservedFor = (settings: ConcurrencySettings, label: string): number | undefined => {
  const { accountConcurrency, reservedConcurrency } = settings;
  if (accountConcurrency === undefined || !fits({ ...settings, accountConcurrency })) return undefined;
  return reservedConcurrency[label];
};

/** Warns at synthesis if the account's concurrency is too small for the reservations of the stage, which then has none. */
export const warnOfSmallAccount = (scope: Construct, settings: ConcurrencySettings): void => {
  const { accountConcurrency } = settings;
  if (accountConcurrency === undefined || fits({ ...settings, accountConcurrency })) return;
  Annotations.of(scope).addWarningV2(
    'pigeon-perch-backfill:small-account',
    `Nothing is reserved for the authorizer and the imports, since ${reservedSum(settings)} do not fit into an account of ` +
      `${accountConcurrency} concurrent executions: refreshes and other stacks can use up all of them, and requests then return 500 ` +
      'or 503. Request 1,000 (Service Quotas, L-B99A9384), then set accountConcurrency in cdk.json to the new quota. Until then, lower ' +
      'refreshWorkers and rebuildWorkers to 2 each (infra/stage-settings.ts).',
  );
};
