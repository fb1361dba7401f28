import { budgetOf } from '../aws/retry.ts';
import type { QueueSender } from '../aws/sqs.ts';
import { ORG_SHARDS } from '../identities/shards.ts';
import type { Clock } from '../time/clock.ts';
import { newId } from '../time/ids.ts';
import { jobMessages, type PlanMessage, type RefreshMessage } from './messages.ts';
import type { ProgressStore } from './progress-store.ts';

/** Sending takes at most this long; API Gateway waits 29 s. */
const SEND_MS = 15_000;

/** What starting jobs needs. */
export interface StartJobDeps {
  readonly progress: Pick<ProgressStore, 'begin'>;
  readonly now: Clock;
}

/** A new job's id. */
const newJobId = (now: Clock): string => newId('ref', now);

/**
 * Starts a job for contacts that are known.
 *
 * @param consistent - whether their events may be so new that they must be read consistently
 * @returns the job's id
 * @throws OutOfTimeError when not all could be sent; those that were are refreshed, which does no harm
 */
export const startJob = async (
  { progress, now, workers }: StartJobDeps & { readonly workers: QueueSender<RefreshMessage> },
  orgId: string,
  contactIds: readonly string[],
  consistent: boolean,
): Promise<string> => {
  const jobId = newJobId(now);
  await progress.begin(orgId, jobId, contactIds.length);
  const messages = jobMessages(orgId, jobId, contactIds, { consistent, prefix: '' });
  await workers.sendAll(messages, budgetOf(SEND_MS, now));
  return jobId;
};

/** What starting jobs of the planner needs. */
export interface StartPlannedJobDeps extends StartJobDeps {
  readonly planner: QueueSender<PlanMessage>;
}

/**
 * Starts a job for contacts that the planner is to find, a shard of the organisation at a time.
 *
 * @param store - stores what the job is to go by, with the job's id where it is kept; it comes between the job's
 * beginning, so that what is stored never names a job that nobody knows, and its messages, which go by what is stored
 * @param undo - takes back what was stored when the messages cannot be sent, so that the caller may simply call again
 * @returns the job's id
 * @throws OutOfTimeError when the messages cannot be sent
 */
export const startPlannedJob = async (
  { progress, now, planner }: StartPlannedJobDeps,
  orgId: string,
  of: PlanMessage['of'],
  store: (jobId: string) => Promise<void>,
  undo: () => Promise<unknown>,
): Promise<string> => {
  const jobId = newJobId(now);
  await progress.begin(orgId, jobId, undefined);
  await store(jobId);
  const messages = Array.from({ length: ORG_SHARDS }, (_, shard) => ({ orgId, jobId, of, shard }));
  try {
    await planner.sendAll(messages, budgetOf(SEND_MS, now));
  } catch (error) {
    await undo();
    throw error;
  }
  return jobId;
};
