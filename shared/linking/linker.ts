import { pauseBefore, type RetryBudget } from '../aws/retry.ts';
import type { ContactState } from '../contacts/contact-state.ts';
import { OutOfTimeError } from '../time/out-of-time.ts';
import { beginDraft, type LinkOutcome } from './draft.ts';
import { groupsOf } from './groups.ts';
import type { LinkStore, Unit } from './link-store.ts';
import type { PersonMessage } from './message.ts';
import type { Directory } from './rules.ts';

/** The options of a {@link Linker}. */
export interface LinkOptions {
  /** The moment of the change, ms since 1970. */
  readonly now: number;
  readonly budget: RetryBudget;
  /** Called before every retry. */
  readonly onRetry?: () => void;
}

/** What became of messages. */
export interface Linked {
  /** By position of the message; undefined if it could not be stored in time. */
  readonly outcomes: readonly (LinkOutcome | undefined)[];
  /** Contacts that others have become one with: they must be refreshed. */
  readonly merged: ReadonlySet<string>;
}

/**
 * Stores messages: creates, links, merges and changes the contacts that they name, as if the messages of a contact arrived
 * one after the other in their order. It is safe to repeat, and to run beside others: each write is made only if nothing
 * that it is based on has changed.
 */
export type Linker = (
  orgId: string,
  messages: readonly PersonMessage[],
  options: LinkOptions,
) => Promise<Linked>;

/**
 * The maximum number of units in a transaction, by the number of rounds in which some were refused. A unit that another
 * call's write refuses makes its transaction fail, so what is left is tried again in smaller transactions, and at last alone.
 */
const TOGETHER = [100, 20, 1] as const;

/** A message, and its position. */
interface Pending {
  readonly at: number;
  readonly message: PersonMessage;
}

/** A group of messages that may be about the same contacts, with the changes of as many of them as fit in a transaction. */
interface Plan {
  readonly group: readonly Pending[];
  readonly unit: Unit;
  /** Outcomes by position, of the messages that the unit covers; the others wait for the next round. */
  readonly outcomes: ReadonlyMap<number, LinkOutcome>;
}

const planOf = (group: readonly Pending[], directory: Directory, now: number): Plan => {
  const draft = beginDraft(directory, now);
  const outcomes = new Map<number, LinkOutcome>();
  for (const { at, message } of group) {
    const outcome = draft.apply(message);
    if (outcome === undefined) break;
    outcomes.set(at, outcome);
  }
  return { group, unit: draft.writes(), outcomes };
};

/** Messages that are left, in groups, and what is known of their contacts. */
interface Left {
  readonly directory: Known;
  readonly groups: readonly (readonly Pending[])[];
}

/** What is known of contacts: as they were read, and as they have been written since. */
interface Known extends Directory {
  written(unit: Unit): void;
}

const known = (read: Directory): Known => {
  const changed = new Map<string, ContactState>();
  return {
    ownerOf: (id) => changed.get(id) ?? read.ownerOf(id),
    written: (unit) => {
      for (const { after } of unit) {
        const stored = { ...after, version: after.version + 1 };
        for (const id of after.identities.keys()) changed.set(id, stored);
      }
    },
  };
};

/** The messages of a plan that must be tried again, given its result; none of those that were not written in time. */
const leftOf = ({ group, outcomes }: Plan, result: 'written' | 'refused' | undefined): readonly Pending[] => {
  if (result === undefined) return [];
  return result === 'refused' ? group : group.filter(({ at }) => !outcomes.has(at));
};

/** Creates a {@link Linker}. */
export const createLinker = (store: LinkStore): Linker => {
  /** Reads the contacts of messages, and groups the messages. */
  const begin = async (
    orgId: string,
    pending: readonly Pending[],
    options: Pick<LinkOptions, 'budget' | 'onRetry'>,
  ): Promise<Left> => {
    const ids = new Set(pending.flatMap(({ message }) => message.identities.map(({ id }) => id)));
    const directory = known(await store.read(orgId, [...ids], options));
    const groups = groupsOf(
      pending.map(({ message }) => message),
      directory,
    );
    return { directory, groups: groups.map((group) => group.map((nth) => pending[nth] as Pending)) };
  };

  return async (orgId, messages, { now, ...options }) => {
    const { budget, onRetry } = options;
    const outcomes = new Array<LinkOutcome | undefined>(messages.length).fill(undefined);
    const merged = new Set<string>();
    const record = ({ unit, outcomes: written }: Plan): void => {
      for (const [at, outcome] of written) outcomes[at] = outcome;
      for (const { after, absorbed } of unit) if (absorbed.length > 0) merged.add(after.contactId);
    };

    let refusals = 0;
    try {
      const all = messages.map((message, at) => ({ at, message }));
      let { directory, groups }: Left = await begin(orgId, all, options);
      while (groups.length > 0) {
        const plans = groups.map((group) => planOf(group, directory, now));
        const units = plans.map(({ unit }) => unit);
        const together = TOGETHER[Math.min(refusals, TOGETHER.length - 1)] as number;
        const results = await store.commit(orgId, units, together, now, options);
        for (const [nth, plan] of plans.entries()) {
          if (results[nth] !== 'written') continue;
          record(plan);
          directory.written(plan.unit);
        }
        groups = plans.map((plan, nth) => leftOf(plan, results[nth])).filter(({ length }) => length > 0);
        // Messages that had no room in the transaction of their group: nothing else has changed, so nothing is read again.
        if (!results.includes('refused')) continue;
        refusals += 1;
        onRetry?.();
        if (budget.now() >= budget.deadline) break;
        await budget.sleep(pauseBefore(refusals, false, budget.random));
        const pending = groups.flat().sort((a, b) => a.at - b.at);
        ({ directory, groups } = await begin(orgId, pending, options));
      }
    } catch (error) {
      // The messages that are left have no outcome.
      if (!(error instanceof OutOfTimeError)) throw error;
    }
    return { outcomes, merged };
  };
};
