import pLimit from 'p-limit';
import pMap from 'p-map';
import { PartlyFailedError } from '#shared/aws/partly-failed-error.ts';
import type { MessageOperation } from '#shared/aws/queue-handler.ts';
import { partOf, type RetryBudget } from '#shared/aws/retry.ts';
import type { CompanyStore } from '#shared/companies/company-store.ts';
import type { Contact } from '#shared/contacts/contact-item.ts';
import type { ContactStore } from '#shared/contacts/contact-store.ts';
import type { EventReader } from '#shared/events/event-store.ts';
import type { IsCancelled } from '#shared/jobs/control.ts';
import type { JobCounter } from '#shared/jobs/counter.ts';
import type { ComputeOf } from '#shared/refresh/compiled-definitions.ts';
import type { Compute, ContactData } from '#shared/refresh/computed.ts';
import type { RefreshMessage } from '#shared/refresh/messages.ts';
import { changesOf } from '#shared/standings/computed.ts';
import type { OutcomeStore } from '#shared/standings/outcome-store.ts';
import type { Standing } from '#shared/standings/standing-item.ts';
import type { Clock } from '#shared/time/clock.ts';
import { createStandingsOf, type Named, type StandingsOfDeps } from './standings-of.ts';

/** The result of one attempt at a message. */
export interface Refreshed {
  readonly contacts: number;
  /** The number of segments that contacts entered or left. */
  readonly segmentChanges: number;
  /** The time since the message was sent, in ms. */
  readonly lagMs: number;
}

/** The dependencies of {@link createRefreshContacts}. */
export interface RefreshContactsDeps extends StandingsOfDeps {
  readonly contacts: Pick<ContactStore, 'getMany'>;
  readonly companies: Pick<CompanyStore, 'traits'>;
  readonly computeOf: ComputeOf;
  readonly events: Pick<EventReader, 'history'>;
  readonly outcomes: OutcomeStore;
  readonly jobs: JobCounter;
  readonly isCancelled: IsCancelled;
  readonly now: Clock;
  /** Called for each attempt that recomputed at least one contact. */
  readonly onRefreshed: (refreshed: Refreshed) => void;
  /** Called with the number of due contacts that could not be refreshed, and the first cause. */
  readonly onDueFailed: (contacts: number, cause: unknown) => void;
  /** The number of receives after which a message moves to the dead-letter queue. */
  readonly maxAttempts: number;
  /**
   * The time limit for one contact, in ms.
   * @default {@link CONTACT_MS}
   */
  readonly contactMs?: number;
}

const NOTHING: ReadonlyMap<string, string> = new Map();

/** The number of contacts of a message that are refreshed concurrently. */
const CONTACTS_OF_A_MESSAGE = 4;

/**
 * The number of contacts that a worker refreshes concurrently, over all of its messages. A contact takes two or
 * three calls of 5 ms each, so eight of them are some 600 a second, and fifty workers more than the table
 * accepts. More in flight would only delay the calls of live events, which share the table.
 */
const CONTACTS_OF_A_WORKER = 8;

/**
 * How often a contact is read again because another worker has refreshed it, before the message is retried.
 */
const CONFLICTS = 5;

/**
 * The time limit for reading the standings of a message, and again for reading its contacts and definitions,
 * in ms.
 */
const READ_MS = 10_000;

/**
 * The time limit for one contact, in ms. A history of a million events is a thousand pages of 1 MB at some 30
 * ms each: half a minute. A contact that takes three times as long would not finish, and must not use up the
 * time of the other contacts.
 */
const CONTACT_MS = 90_000;

/** Thrown when some contacts of a message could not be refreshed. */
export class NotAllRefreshedError extends PartlyFailedError {
  override readonly name = 'NotAllRefreshedError';
}

/**
 * Recomputes the contacts of a message from their whole histories.
 *
 * The order of reads makes the results correct under concurrency: first the standings with their versions, then
 * the version of the definitions, and attributes and companies if a rule uses them, then the histories; a result is written only
 * over the version that was read. So a result of older attributes, definitions or histories never replaces a newer one; a change
 * of a company is followed by a refresh of its members.
 *
 * Each contact has its own limit within the time of the message, so that one with a slow or huge history
 * fails alone.
 */
export const createRefreshContacts = (deps: RefreshContactsDeps): MessageOperation<RefreshMessage> => {
  const { contactMs = CONTACT_MS } = deps;
  const withinLimit = pLimit(CONTACTS_OF_A_WORKER);
  const standingsOf = createStandingsOf(deps);

  const refreshOne = async (
    { orgId, consistent }: RefreshMessage,
    data: ContactData,
    standing: Standing,
    compute: Compute,
    now: number,
    changes: number[],
    budget: RetryBudget,
  ): Promise<'saved' | 'conflict'> => {
    const history = deps.events.history(orgId, standing.histories, { consistent, budget });
    const computed = await compute(data, history, now);
    const saved = await deps.outcomes.save(orgId, standing, computed, budget);
    if (saved === 'saved') changes.push(changesOf(standing, computed).length);
    return saved;
  };

  /**
   * Reads what rules use of contacts, by their ids; those that are not stored are omitted. Most organisations have no rule on
   * attributes or companies.
   */
  const readData = async (
    orgId: string,
    contactIds: readonly string[],
    { usesAttributes, companyTraits }: Compute,
    budget: RetryBudget,
  ): Promise<ReadonlyMap<string, ContactData>> => {
    const usesCompanies = companyTraits.length > 0;
    if (!usesAttributes && !usesCompanies) {
      return new Map(contactIds.map((contactId) => [contactId, { attributes: NOTHING }]));
    }
    const contacts = await deps.contacts.getMany(orgId, contactIds, { budget: partOf(budget, READ_MS) });
    const groupIds = new Set(usesCompanies ? contacts.flatMap(({ companies }) => companies) : []);
    const options = { budget: partOf(budget, READ_MS) };
    const traitsOf =
      groupIds.size === 0
        ? new Map<string, never>()
        : await deps.companies.traits(orgId, [...groupIds], companyTraits, options);
    const dataOf = ({ attributes, companies }: Contact): ContactData => ({
      attributes,
      // A company that a contact belongs to, but that is not stored yet, has no traits.
      ...(usesCompanies && { companyTraits: companies.map((groupId) => traitsOf.get(groupId) ?? NOTHING) }),
    });
    return new Map(contacts.map((contact) => [contact.contactId, dataOf(contact)]));
  };

  /**
   * Refreshes contacts once.
   * @param ids - the ids of contacts, or of any of their identities
   * @returns those that another worker has refreshed or changed, and those that failed
   */
  const round = async (
    message: RefreshMessage,
    ids: readonly string[],
    changes: number[],
    budget: RetryBudget,
  ) => {
    const { orgId, reason } = message;
    const found = await standingsOf(orgId, ids, { budget: partOf(budget, READ_MS) });
    const compute = await deps.computeOf(orgId, partOf(budget, READ_MS));
    const contactIds = found.contacts.map(({ standing }) => standing.contactId);
    const dataOf = await readData(orgId, contactIds, compute, budget);
    const now = deps.now();
    const conflicts: string[] = [];
    const failures = new Map<string, unknown>();

    const attempt = async (
      named: readonly string[],
      work: (limit: RetryBudget) => Promise<'conflict' | 'saved' | 'removed'>,
    ): Promise<void> => {
      try {
        // The time limit of a contact begins when it is started, not when it is queued.
        const outcome = await withinLimit(() => work(partOf(budget, contactMs)));
        if (outcome === 'conflict') conflicts.push(...named);
      } catch (error) {
        for (const id of named) failures.set(id, error);
      }
    };

    const refresh = async ({ standing, ids: named }: Named): Promise<void> => {
      const { contactId, dueAt } = standing;
      // A message may be late or delivered twice: a contact that is no longer due has been refreshed since.
      if (reason === 'due' && (dueAt === undefined || dueAt > now)) return;
      const data = dataOf.get(contactId);
      await attempt(named, async (limit) =>
        // Without data, it has just become one with another contact.
        data === undefined ? 'conflict' : refreshOne(message, data, standing, compute, now, changes, limit),
      );
    };

    await pMap(found.contacts, refresh, { concurrency: CONTACTS_OF_A_MESSAGE });
    await pMap(
      found.gone,
      (standing) =>
        attempt([standing.contactId], (limit) => deps.outcomes.remove(orgId, standing, now, limit)),
      { concurrency: CONTACTS_OF_A_MESSAGE },
    );
    // What is left of a contact, and the contact that it has become one with, may be named by the same id.
    return { conflicts: [...new Set(conflicts)], failures };
  };

  /**
   * Refreshes all contacts of a message, and retries conflicts.
   *
   * @param changes - receives, for each recomputed contact, the number of segments in which it changed
   * @returns the contacts that failed, with their causes; all others are up to date
   */
  const refreshAll = async (
    message: RefreshMessage,
    changes: number[],
    budget: RetryBudget,
  ): Promise<ReadonlyMap<string, unknown>> => {
    const failed = new Map<string, unknown>();
    let pending: readonly string[] = message.contactIds;
    let cause: unknown = new Error('Concurrent refreshes conflicted every time');
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

  /**
   * Called before the last attempt, since an interrupted attempt counts nothing; contacts that are done after
   * all are recounted.
   */
  const countAsFailed = async ({ orgId, contactIds, job }: RefreshMessage): Promise<void> => {
    if (job !== undefined) await deps.jobs.fail(orgId, job, contactIds.length);
  };

  return async (message, { attempt, sentAt, budget }) => {
    // The job was superseded, or is no longer needed.
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
    if (message.reason === 'due') {
      const [cause] = failed.values();
      // The sweep sends them again each minute as long as they are due; as dead letters they would only
      // accumulate.
      deps.onDueFailed(failed.size, cause);
      return;
    }
    throw new NotAllRefreshedError(failed, message.contactIds.length, 'contacts');
  };
};
