import { ApiError } from '../http/api-error.ts';
import { type JobRegistration, type JobStarter, type StartGivenDeps, startGiven } from '../jobs/starter.ts';
import type { Clock } from '../time/clock.ts';
import { newId } from '../time/ids.ts';
import {
  createNamedKind,
  type MembersParameters,
  type NamedParameters,
  REFRESH_KINDS,
  type SendDeps,
} from './kinds.ts';

/** The `Retry-After` of a refresh of everyone, in seconds, if too many are running: each takes minutes. */
const RETRY_AFTER_SECONDS = 60;

/**
 * How the caller stores the definition that a refresh works from, with the id of the refresh if that is kept.
 */
export type RefreshRegistration = Omit<JobRegistration, 'store'> & {
  readonly store: (refreshId: string) => Promise<void>;
};

/** The dependencies of starting refreshes whose contacts the planner finds. */
export interface StartRefreshesDeps {
  readonly starter: JobStarter;
  readonly now: Clock;
}

/**
 * Starts a refresh of all contacts of the organisation.
 * @returns the id of the refresh
 * @throws ApiError 429 if too many are running, with their ids; see also {@link JobStarter}
 */
export const refreshEveryone = async (
  { starter, now }: StartRefreshesDeps,
  orgId: string,
  { store, ...registration }: RefreshRegistration,
): Promise<string> => {
  const id = newId('ref', now);
  const started = await starter.startOfEveryone(
    { orgId, id, kind: REFRESH_KINDS.everyone, parameters: {} },
    { ...registration, store: () => store(id) },
  );
  if (started.kind === 'started') return id;
  throw new ApiError(
    429,
    'too_many_requests',
    `${started.running.length} refreshes of all contacts are running, which is the maximum: ${started.running.join(', ')}; nothing was changed`,
    { headers: { 'Retry-After': String(RETRY_AFTER_SECONDS) } },
  );
};

/**
 * Starts a refresh of a segment's members.
 * @returns the id of the refresh
 * @throws see {@link JobStarter}
 */
export const refreshMembers = async (
  { starter, now }: StartRefreshesDeps,
  orgId: string,
  segmentId: string,
  { store, ...registration }: RefreshRegistration,
): Promise<string> => {
  const id = newId('ref', now);
  const parameters: MembersParameters = { segmentId };
  const job = { orgId, id, kind: REFRESH_KINDS.members, parameters };
  await starter.start(job, { ...registration, store: () => store(id) });
  return id;
};

/** The dependencies of {@link refreshNamed}. */
export type RefreshNamedDeps = Omit<StartGivenDeps, 'kind'> & SendDeps;

/**
 * Starts a refresh of the given contacts.
 *
 * @param consistent - whether their events may be so new that they must be read with strong consistency
 * @returns the id of the refresh
 * @throws OutOfTimeError if not everything could be written or sent; contacts that were sent are refreshed,
 * which is harmless
 */
export const refreshNamed = async (
  deps: RefreshNamedDeps,
  orgId: string,
  contactIds: readonly string[],
  { consistent }: NamedParameters,
): Promise<string> => {
  const id = newId('ref', deps.now);
  const parameters: NamedParameters = { consistent };
  const job = { orgId, id, kind: REFRESH_KINDS.named, parameters };
  await startGiven({ ...deps, kind: createNamedKind(deps) }, job, contactIds);
  return id;
};
