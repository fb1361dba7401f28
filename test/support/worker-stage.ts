import { createRefreshContacts, type Refreshed } from '#functions/refresh/worker/handler.ts';
import { budgetOf } from '#shared/aws/retry.ts';
import type { StoredEvent } from '#shared/events/event-item.ts';
import type { JobCounter } from '#shared/jobs/counter.ts';
import type { ChunkRef } from '#shared/jobs/page.ts';
import { compileDefinitions } from '#shared/refresh/computed.ts';
import type { Computed } from '#shared/standings/computed.ts';
import type { OutcomeStore } from '#shared/standings/outcome-store.ts';
import type { Standing } from '#shared/standings/standing-item.ts';
import { anAwsError, idsOf, NOW, ORG } from './builders.ts';
import { aContact, aRefreshMessage, aSegment, aStanding, someDefinitions } from './refresh-world.ts';

export const MAX_ATTEMPTS = 10;

/** The time for a message and for one of its contacts, in ms. */
export const MESSAGE_MS = 240_000;
export const CONTACT_MS = 90_000;

interface WorldOptions {
  /** The standings of the contacts, all of which exist. */
  readonly standings?: readonly Standing[];
  /** Contacts that become one with others after their standings are read. */
  readonly merges?: readonly string[];
  /** Contacts whose history cannot be read. */
  readonly broken?: readonly string[];
  /** The outcome of a save; receives the number of previous saves. */
  readonly saves?: (standing: Standing, before: number) => 'saved' | 'conflict';
  /** Where outcomes are saved instead. */
  readonly outcomes?: OutcomeStore;
  readonly definitions?: () => ReturnType<typeof someDefinitions>;
  readonly attempt?: number;
  readonly contactsFail?: boolean;
  /** The remaining time of the message, in ms. */
  readonly messageMs?: number;
  /** The error that reading the history of a broken contact throws. */
  readonly cause?: (contactId: string) => Error;
  readonly isCancelled?: boolean;
  /** The companies of all contacts; of these, `acme` has the plan `pro`, and others are not stored. */
  readonly companies?: readonly string[];
  /** The contacts of identities whose ids are not those of contacts. */
  readonly owners?: Readonly<Record<string, string>>;
}

/** A segment of nobody, for whose rule a refresh needs attributes. */
export const OF_ATTRIBUTE = aSegment({
  id: 'seg_00000000000000000000000002',
  rule: { attribute: { name: 'nobody', equals: 'has this' } },
});

const opened = (contactId: string): StoredEvent => ({
  orgId: ORG,
  contactId,
  sk: '2026-03-15T11:00:00.000Z#eAAAAAAAAAAAAAAAA',
  kind: 'email',
  type: 'opened',
  occurredAt: NOW - 3_600_000,
});

/** The refresh worker with in-memory dependencies, and a record of their calls. */
export const aWorker = (options: WorldOptions = {}) => {
  const journal: string[] = [];
  const saved: { standing: Standing; computed: Computed }[] = [];
  const removed: string[] = [];
  const counted: [as: keyof JobCounter, ref: ChunkRef, what: number | readonly number[]][] = [];
  const counting =
    (as: keyof JobCounter) =>
    async (_orgId: string, ref: ChunkRef, what: number | readonly number[]): Promise<void> => {
      journal.push(as);
      if (typeof what === 'number' || what.length > 0) counted.push([as, ref, what]);
    };
  const consistency: boolean[] = [];
  const deadlines: (number | undefined)[] = [];
  const refreshed: Refreshed[] = [];
  const dueFailed: number[] = [];
  const all = new Map((options.standings ?? [aStanding()]).map((standing) => [standing.contactId, standing]));
  let saves = 0;
  const run = createRefreshContacts({
    standings: {
      getMany: async (_orgId, ids) => {
        journal.push('standings');
        // DynamoDB refuses a BatchGetItem that names a key twice.
        if (new Set(ids).size < [...ids].length) throw anAwsError('ValidationException', 400);
        return [...ids].flatMap((id) => all.get(id) ?? []);
      },
    },
    identities: {
      find: async (_orgId, ids) => {
        const named = await idsOf(ids);
        return new Map(
          named.flatMap((id) => {
            const contactId = options.owners?.[id];
            return contactId === undefined ? [] : [[id, { contactId, isOnly: false }]];
          }),
        );
      },
    },
    contacts: {
      getMany: async (_orgId, ids) => {
        journal.push('contacts');
        if (options.contactsFail) throw new Error('No contacts today');
        for (const id of options.merges ?? []) all.delete(id);
        const existing = [...ids].filter((id) => all.has(id));
        return existing.map((contactId) => aContact({ contactId, companies: options.companies ?? [] }));
      },
    },
    companies: {
      traits: async (_orgId, groupIds, names) => {
        journal.push(`traits ${names.join(' ')} of ${groupIds.join(' ')}`);
        return new Map([['acme', new Map([['plan', '"pro"']])]]);
      },
    },
    computeOf: async () => {
      journal.push('definitions');
      return compileDefinitions(options.definitions?.() ?? someDefinitions(aSegment(), OF_ATTRIBUTE));
    },
    events: {
      async *history(_orgId, [contactId = ''], { consistent, budget }) {
        journal.push('history');
        consistency.push(consistent);
        deadlines.push(budget?.deadline);
        if (options.broken?.includes(contactId))
          throw options.cause?.(contactId) ?? new Error('No history today');
        yield [opened(contactId)];
      },
    },
    outcomes: options.outcomes ?? {
      save: async (_orgId, standing, computed) => {
        journal.push('save');
        const outcome = options.saves?.(standing, saves) ?? 'saved';
        saves += 1;
        if (outcome === 'saved') saved.push({ standing, computed });
        else all.set(standing.contactId, { ...standing, version: standing.version + 1 });
        return outcome;
      },
      remove: async (_orgId, { contactId }) => {
        removed.push(contactId);
        all.delete(contactId);
        return 'removed';
      },
    },
    jobs: { finish: counting('finish'), fail: counting('fail'), finishSome: counting('finishSome') },
    isCancelled: async () => options.isCancelled ?? false,
    now: () => NOW,
    onRefreshed: (report) => refreshed.push(report),
    onDueFailed: (contacts) => dueFailed.push(contacts),
    maxAttempts: MAX_ATTEMPTS,
    contactMs: CONTACT_MS,
  });
  const deliver = (message = aRefreshMessage()) =>
    run(message, {
      attempt: options.attempt ?? 1,
      sentAt: NOW,
      budget: budgetOf(options.messageMs ?? MESSAGE_MS, () => NOW),
    });
  return { deliver, journal, saved, removed, counted, consistency, deadlines, refreshed, dueFailed };
};
