import type { JobStarter, Started } from '../jobs/starter.ts';
import type { Clock } from '../time/clock.ts';
import { newId } from '../time/ids.ts';
import { REBUILD_KIND } from './rebuild-kind.ts';

/** What starting a rebuild needs. */
export interface StartRebuildDeps {
  readonly starter: Pick<JobStarter, 'startOfEveryone'>;
  readonly now: Clock;
}

/**
 * Starts the job that counts an organisation's events anew. Of two the newest wins.
 *
 * @returns what became of it, and its id
 * @throws OutOfTimeError where the planner cannot be told; nothing is started then
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
