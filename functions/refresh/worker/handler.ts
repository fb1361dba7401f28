import pMap from 'p-map';
import type { MessageOperation } from '#shared/aws/queue-handler.ts';
import { budgetOf } from '#shared/aws/retry.ts';
import type { Contact } from '#shared/contacts/contact-item.ts';
import type { ContactStore } from '#shared/contacts/contact-store.ts';
import type { EventReader } from '#shared/events/event-store.ts';
import { type Compute, changesOf, compileDefinitions } from '#shared/refresh/computed.ts';
import type { RefreshMessage } from '#shared/refresh/messages.ts';
import type { OutcomeStore } from '#shared/refresh/outcome-store.ts';
import type { ProgressStore } from '#shared/refresh/progress-store.ts';
import type { SegmentStore } from '#shared/segments/segment-store.ts';
import type { Clock } from '#shared/time/clock.ts';

/** What one try of a message came to. */
export interface Refreshed {
  readonly contacts: number;
  /** Segments that the contacts entered or left. */
  readonly segmentChanges: number;
  /** From the message being sent to now. */
  readonly lagMs: number;
}

/** What refreshing contacts needs. */
export interface RefreshContactsDeps {
  readonly contacts: Pick<ContactStore, 'getMany'>;
  readonly segments: Pick<SegmentStore, 'definitions'>;
  readonly events: Pick<EventReader, 'history'>;
  readonly outcomes: OutcomeStore;
  readonly progress: Pick<ProgressStore, 'count'>;
  readonly now: Clock;
  /** Told once a message of the contacts that it had recomputed, where there were any. */
  readonly onRefreshed: (refreshed: Refreshed) => void;
  /** Told of contacts that are due and could not be refreshed, and of what one of them failed of. */
  readonly onLeftDue: (contacts: number, cause: unknown) => void;
  /** Brings a message back after that many seconds instead of the queue's time-out. */
  readonly showAgainIn: (receiptHandle: string, seconds: number) => Promise<void>;
  /** How often a message is tried before it goes to the dead-letter queue. */
  readonly maxAttempts: number;
}

/** Contacts of one message that are worked on at once; so are ten messages. Forty calls under way keep a worker busy. */
const CONCURRENCY = 4;

/** How often a contact is read anew because somebody else refreshed it meanwhile, before the message comes back. */
const CONFLICTS = 5;

/** Reading contacts takes at most this long. */
const READ_MS = 10_000;

/** The pause before a second try, in seconds; it doubles. */
const FIRST_PAUSE_SECONDS = 5;

/** Thrown when some contacts of a message could not be refreshed; the message comes back. Transient. */
export class NotAllRefreshedError extends Error {
  override readonly name = 'NotAllRefreshedError';
}

/**
 * Recomputes the contacts of a message from their whole histories.
 *
 * The order of reading is what makes it right whoever else is at work: first the contacts with their versions, then
 * the definitions, then the histories; the outcome is written only over the version that was read. So an outcome by
 * older definitions or an older history can never stand over a newer one.
 */
export const createRefreshContacts = (deps: RefreshContactsDeps): MessageOperation<RefreshMessage> => {
  const refreshOne = async (
    { orgId, consistent }: RefreshMessage,
    contact: Contact,
    compute: Compute,
    now: number,
    changes: number[],
  ): Promise<'saved' | 'conflict'> => {
    const history = deps.events.history(orgId, contact.contactId, { consistent });
    const computed = await compute(contact, history, now);
    const saved = await deps.outcomes.save(orgId, contact, computed);
    if (saved === 'saved') changes.push(changesOf(contact, computed).length);
    return saved;
  };

  /** One round over contacts. @returns what is left: those that somebody else refreshed, and those that failed */
  const round = async (message: RefreshMessage, ids: readonly string[], changes: number[]) => {
    const { orgId, reason } = message;
    const contacts = await deps.contacts.getMany(orgId, ids, { budget: budgetOf(READ_MS, deps.now) });
    const compute = compileDefinitions(await deps.segments.definitions(orgId));
    const now = deps.now();
    const conflicts: string[] = [];
    const failures = new Map<string, unknown>();
    await pMap(
      contacts,
      async (contact) => {
        // A message may be late or double: what is not due any more has been seen to.
        if (reason === 'due' && (contact.dueAt === undefined || contact.dueAt > now)) return;
        try {
          const outcome = await refreshOne(message, contact, compute, now, changes);
          if (outcome === 'conflict') conflicts.push(contact.contactId);
        } catch (error) {
          failures.set(contact.contactId, error);
        }
      },
      { concurrency: CONCURRENCY },
    );
    return { conflicts, failures };
  };

  /**
   * @param changes - gets an entry for each contact that was recomputed: in how many segments it changed
   * @returns the contacts that failed, with what they failed of; everything else is up to date
   */
  const refreshAll = async (
    message: RefreshMessage,
    changes: number[],
  ): Promise<ReadonlyMap<string, unknown>> => {
    const failed = new Map<string, unknown>();
    let pending: readonly string[] = message.contactIds;
    let cause: unknown = new Error('Refreshed by others all the time');
    try {
      for (let again = 0; pending.length > 0 && again <= CONFLICTS; again++) {
        const { conflicts, failures } = await round(message, pending, changes);
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
    const all = [...contactIds.keys()];
    const hasFailed = (position: number): boolean => failed.has(contactIds[position] as string);
    const done = all.filter((position) => !hasFailed(position));
    await deps.progress.count(orgId, job.id, job.chunk, done, 'done');
  };

  /** Before the last attempt, since one that is killed counts nothing: what is done then has not failed after all. */
  const countAsFailed = async ({ orgId, contactIds, job }: RefreshMessage): Promise<void> => {
    if (job === undefined) return;
    await deps.progress.count(orgId, job.id, job.chunk, [...contactIds.keys()], 'failed');
  };

  return async (message, { attempt, sentAt, receiptHandle }) => {
    if (attempt >= deps.maxAttempts) await countAsFailed(message);
    const changes: number[] = [];
    const failed = await refreshAll(message, changes);
    if (changes.length > 0) {
      const segmentChanges = changes.reduce((sum, changed) => sum + changed, 0);
      deps.onRefreshed({ contacts: changes.length, segmentChanges, lagMs: deps.now() - sentAt });
    }
    await countAsDone(message, failed);
    if (failed.size === 0) return;
    const [cause] = failed.values();
    if (message.reason === 'due') {
      // The sweep brings them back each minute as long as they are due; as dead letters they would only pile up.
      deps.onLeftDue(failed.size, cause);
      return;
    }
    // Where this fails, the queue's own time-out brings the message back, later.
    await deps.showAgainIn(receiptHandle, FIRST_PAUSE_SECONDS * 2 ** (attempt - 1)).catch(() => {});
    throw new NotAllRefreshedError(
      `${failed.size} of ${message.contactIds.length} contacts: ${cause instanceof Error ? cause.name : 'unknown'}`,
      { cause },
    );
  };
};
