import { ApiError } from '../http/api-error.ts';
import { type JobStarter, type Keeping, type StartGivenDeps, startGiven } from '../jobs/starter.ts';
import type { Clock } from '../time/clock.ts';
import { newId } from '../time/ids.ts';
import {
  createNamedKind,
  type MembersParameters,
  type NamedParameters,
  REFRESH_KINDS,
  type SendDeps,
} from './kinds.ts';

/** When it is worth while to ask again for a refresh of everyone where too many are under way: each takes minutes. */
const RETRY_AFTER_SECONDS = 60;

/** How what a refresh goes by is kept, with the refresh's id where it is kept too. */
export type KeepingRefresh = Omit<Keeping, 'store'> & {
  readonly store: (refreshId: string) => Promise<void>;
};

/** What starting refreshes that the planner plans needs. */
export interface StartRefreshesDeps {
  readonly starter: JobStarter;
  readonly now: Clock;
}

/**
 * Starts a refresh of everyone in the organisation.
 * @returns the refresh's id
 * @throws ApiError 429 where too many are under way, naming them; see also {@link JobStarter}
 */
export const refreshEveryone = async (
  { starter, now }: StartRefreshesDeps,
  orgId: string,
  { store, ...keeping }: KeepingRefresh,
): Promise<string> => {
  const id = newId('ref', now);
  const started = await starter.startOfEveryone(
    { orgId, id, kind: REFRESH_KINDS.everyone, parameters: {} },
    { ...keeping, store: () => store(id) },
  );
  if (started.kind === 'started') return id;
  throw new ApiError(
    429,
    'too_many_requests',
    `${started.running.length} refreshes of all contacts are under way, which is the most: ${started.running.join(', ')}; nothing was changed`,
    { headers: { 'Retry-After': String(RETRY_AFTER_SECONDS) } },
  );
};

/**
 * Starts a refresh of a segment's members.
 * @returns the refresh's id
 * @throws see {@link JobStarter}
 */
export const refreshMembers = async (
  { starter, now }: StartRefreshesDeps,
  orgId: string,
  segmentId: string,
  { store, ...keeping }: KeepingRefresh,
): Promise<string> => {
  const id = newId('ref', now);
  const parameters: MembersParameters = { segmentId };
  const job = { orgId, id, kind: REFRESH_KINDS.members, parameters };
  await starter.start(job, { ...keeping, store: () => store(id) });
  return id;
};

/** What starting a refresh of named contacts needs. */
export type RefreshNamedDeps = Omit<StartGivenDeps, 'kind'> & SendDeps;

/**
 * Starts a refresh of contacts that are known.
 *
 * @param consistent - whether their events may be so new that they must be read consistently
 * @returns the refresh's id
 * @throws OutOfTimeError when not all could be written or sent; what was sent is refreshed, which does no harm
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
