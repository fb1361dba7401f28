import type { JobStarter, Started } from '../jobs/starter.ts';
import type { Clock } from '../time/clock.ts';
import { newId } from '../time/ids.ts';
import { REBUILD_KIND } from './rebuild-kind.ts';

/** The dependencies of {@link startRebuild}. */
export interface StartRebuildDeps {
  readonly starter: Pick<JobStarter, 'startOfEveryone'>;
  readonly now: Clock;
}

/**
 * Starts the job that recounts the events of an organisation. A newer rebuild supersedes an older one.
 *
 * @returns the result, and the id of the job
 * @throws OutOfTimeError if the planner cannot be woken; then nothing is started
 */
export const startRebuild = async (
  { starter, now }: StartRebuildDeps,
  orgId: string,
): Promise<Started & { readonly jobId: string }> => {
  const jobId = newId('reb', now);
  const nothing = async () => {};
  const started = await starter.startOfEveryone(
    { orgId, id: jobId, kind: REBUILD_KIND, parameters: {} },
    { store: nothing, undo: nothing },
  );
  return { ...started, jobId };
};
