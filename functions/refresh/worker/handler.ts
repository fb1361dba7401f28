import pLimit from 'p-limit';
import pMap from 'p-map';
import type { MessageOperation } from '#shared/aws/queue-handler.ts';
import { partOf, type RetryBudget } from '#shared/aws/retry.ts';
import type { Contact } from '#shared/contacts/contact-item.ts';
import type { ContactStore } from '#shared/contacts/contact-store.ts';
import type { EventReader } from '#shared/events/event-store.ts';
import type { IsCancelled } from '#shared/jobs/control.ts';
import type { JobCounter } from '#shared/jobs/counter.ts';
import { type Compute, compileDefinitions } from '#shared/refresh/computed.ts';
import type { RefreshMessage } from '#shared/refresh/messages.ts';
import type { SegmentStore } from '#shared/segments/segment-store.ts';
import { changesOf } from '#shared/standings/computed.ts';
import type { OutcomeStore } from '#shared/standings/outcome-store.ts';
import type { Standing } from '#shared/standings/standing-item.ts';
import type { StandingStore } from '#shared/standings/standing-store.ts';
import type { Clock } from '#shared/time/clock.ts';

/** What one attempt at a message came to. */
export interface Refreshed {
  readonly contacts: number;
  /** Segments that the contacts entered or left. */
  readonly segmentChanges: number;
  /** From the message being sent to now. */
  readonly lagMs: number;
}

/** What refreshing contacts needs. */
export interface RefreshContactsDeps {
  readonly standings: Pick<StandingStore, 'getMany'>;
  readonly contacts: Pick<ContactStore, 'getMany'>;
  readonly segments: Pick<SegmentStore, 'definitions'>;
  readonly events: Pick<EventReader, 'history'>;
  readonly outcomes: OutcomeStore;
  readonly jobs: JobCounter;
  readonly isCancelled: IsCancelled;
  readonly now: Clock;
  /** Called once for each attempt at a message that recomputed any contacts. */
  readonly onRefreshed: (refreshed: Refreshed) => void;
  /** Called with the number of due contacts that could not be refreshed, and the cause of one of them. */
  readonly onDueFailed: (contacts: number, cause: unknown) => void;
  /** How often a message is received before it goes to the dead-letter queue. */
  readonly maxAttempts: number;
  /** The time for one contact, in ms. @default {@link CONTACT_MS} */
  readonly contactMs?: number;
}

/** Contacts of one message that are refreshed at the same time. */
const CONTACTS_OF_A_MESSAGE = 4;

/**
 * Contacts that a worker refreshes at the same time, of all of its messages. A contact is two or three calls of 5 ms each, so
 * eight of them are some 600 a second, and fifty workers more than the table takes. More in flight would only make the calls
 * of live events wait, which share the table.
 */
const CONTACTS_OF_A_WORKER = 8;

/** How often a contact is read anew because somebody else refreshed it meanwhile, before the message comes back. */
const CONFLICTS = 5;

/** Reading the standings of a message takes at most this long; then reading its contacts and definitions, too. */
const READ_MS = 10_000;

/**
 * The time for one contact. A history of a million events is a thousand pages of 1 MB at 30 ms or so each: half a minute. What
 * takes three times as long is endless for our purposes, and must not use up the time of its neighbours.
 */
const CONTACT_MS = 90_000;

/**
 * Thrown when some contacts of a message could not be refreshed; the message comes back. `errors` has the error of each
 * of them: it is permanent where all of them are. `cause` is the first.
 */
export class NotAllRefreshedError extends AggregateError {
  override readonly name = 'NotAllRefreshedError';
}

/**
 * Recomputes the contacts of a message from their whole histories.
 *
 * The order of reading is what makes it right whoever else is at work: first the standings with their versions, then
 * attributes and definitions, then the histories; the outcome is written only over the version that was read. So an
 * outcome by older attributes, older definitions or an older history can never stand over a newer one.
 *
 * Each contact has a limit of its own within the message's time, so one whose history is slow or endless fails alone.
 */
export const createRefreshContacts = (deps: RefreshContactsDeps): MessageOperation<RefreshMessage> => {
  const { contactMs = CONTACT_MS } = deps;
  const inTurn = pLimit(CONTACTS_OF_A_WORKER);

  const refreshOne = async (
    { orgId, consistent }: RefreshMessage,
    contact: Contact,
    standing: Standing,
    compute: Compute,
    now: number,
    changes: number[],
    budget: RetryBudget,
  ): Promise<'saved' | 'conflict'> => {
    const history = deps.events.history(orgId, contact.contactId, { consistent, budget });
    const computed = await compute(contact, history, now);
    const saved = await deps.outcomes.save(orgId, standing, computed, budget);
    if (saved === 'saved') changes.push(changesOf(standing, computed).length);
    return saved;
  };

  /** One round over contacts. @returns what is left: those that somebody else refreshed, and those that failed */
  const round = async (
    message: RefreshMessage,
    ids: readonly string[],
    changes: number[],
    budget: RetryBudget,
  ) => {
    const { orgId, reason } = message;
    const standings = await deps.standings.getMany(orgId, ids, { budget: partOf(budget, READ_MS) });
    const [contacts, definitions] = await Promise.all([
      deps.contacts.getMany(orgId, ids, { budget: partOf(budget, READ_MS) }),
      deps.segments.definitions(orgId, partOf(budget, READ_MS)),
    ]);
    const contactOf = new Map(contacts.map((contact) => [contact.contactId, contact]));
    const compute = compileDefinitions(definitions);
    const now = deps.now();
    const conflicts: string[] = [];
    const failures = new Map<string, unknown>();
    await pMap(
      standings,
      async (standing) => {
        const { contactId, dueAt } = standing;
        const contact = contactOf.get(contactId);
        if (contact === undefined) return;
        // A message may be late or delivered twice: what is not due any more has been refreshed since.
        if (reason === 'due' && (dueAt === undefined || dueAt > now)) return;
        try {
          const outcome = await inTurn(() => {
            // The time of a contact begins when its turn comes.
            const limit = partOf(budget, contactMs);
            return refreshOne(message, contact, standing, compute, now, changes, limit);
          });
          if (outcome === 'conflict') conflicts.push(contactId);
        } catch (error) {
          failures.set(contactId, error);
        }
      },
      { concurrency: CONTACTS_OF_A_MESSAGE },
    );
    return { conflicts, failures };
  };

  /**
   * @param changes - gets an entry for each contact that was recomputed: in how many segments it changed
   * @returns the contacts that failed, with their causes; everything else is up to date
   */
  const refreshAll = async (
    message: RefreshMessage,
    changes: number[],
    budget: RetryBudget,
  ): Promise<ReadonlyMap<string, unknown>> => {
    const failed = new Map<string, unknown>();
    let pending: readonly string[] = message.contactIds;
    let cause: unknown = new Error('Others refreshed it each time');
    try {
      for (let again = 0; pending.length > 0 && again <= CONFLICTS; again++) {
        const { conflicts, failures } = await round(message, pending, changes, budget);
        for (const [contactId, error] of failures) failed.set(contactId, error);
        pending = conflicts;
      }
    } catch (error) {
      cause = error;
    }
    for (const contactId of pending) failed.set(contactId, cause);
    return failed;
  };

  const countAsDone = async (
    { orgId, contactIds, job }: RefreshMessage,
    failed: ReadonlyMap<string, unknown>,
  ): Promise<void> => {
    if (job === undefined) return;
    if (failed.size === 0) return deps.jobs.finish(orgId, job, contactIds.length);
    const done = [...contactIds.keys()].filter((at) => !failed.has(contactIds[at] as string));
    await deps.jobs.finishSome(orgId, job, done);
  };

  /** Before the last attempt, since one that is interrupted counts nothing; what is done then is counted over it. */
  const countAsFailed = async ({ orgId, contactIds, job }: RefreshMessage): Promise<void> => {
    if (job !== undefined) await deps.jobs.fail(orgId, job, contactIds.length);
  };

  return async (message, { attempt, sentAt, budget }) => {
    // Another job does what it asks for, or nobody wants it any more.
    if (message.job !== undefined && (await deps.isCancelled(message.orgId, message.job.id))) return;
    if (attempt >= deps.maxAttempts) await countAsFailed(message);
    const changes: number[] = [];
    const failed = await refreshAll(message, changes, budget);
    if (changes.length > 0) {
      const segmentChanges = changes.reduce((sum, changed) => sum + changed, 0);
      deps.onRefreshed({ contacts: changes.length, segmentChanges, lagMs: deps.now() - sentAt });
    }
    await countAsDone(message, failed);
    if (failed.size === 0) return;
    const [cause] = failed.values();
    if (message.reason === 'due') {
      // The sweep sends them again each minute as long as they are due; as dead letters they would only pile up.
      deps.onDueFailed(failed.size, cause);
      return;
    }
    throw new NotAllRefreshedError(
      failed.values(),
      `${failed.size} of ${message.contactIds.length} contacts: ${cause instanceof Error ? cause.name : 'unknown'}`,
      { cause },
    );
  };
};
