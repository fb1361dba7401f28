import { pauseBefore } from '../aws/retry.ts';
import { OutOfTimeError } from '../time/out-of-time.ts';
import { beginDraft, type Draft } from './draft.ts';
import type { LinkStore } from './link-store.ts';
import type { LinkOptions } from './linker.ts';
import { type Obstacle, obstacleOf, survivorFirst } from './rules.ts';

/** What became of a request to merge two contacts. */
export type MergeOutcome =
  /** They are one contact now, or were already. */
  | { readonly kind: 'one'; readonly contactId: string; readonly merged: boolean }
  | { readonly kind: 'not-found'; readonly which: 'from' | 'into' }
  | { readonly kind: 'impossible'; readonly reason: Obstacle };

/**
 * Makes two contacts one, even if the rules for messages would not. The number of writes depends on the number of their
 * identities alone: histories stay where they are. It is safe to repeat; of several merges of the same contacts at once,
 * each is applied to what the others have left.
 *
 * @param from - the id of an identity of the contact that goes
 * @param into - the id of an identity of the contact that stays; if the other has more than 90 identities, that one stays
 * @throws OutOfTimeError
 */
export type Merge = (
  orgId: string,
  from: string,
  into: string,
  options: LinkOptions,
) => Promise<MergeOutcome>;

/** Applies a merge to a draft, if it is possible. */
const applyTo = (draft: Draft, from: string, into: string): MergeOutcome => {
  const [goes, stays] = [draft.ownerOf(from), draft.ownerOf(into)];
  if (goes === undefined) return { kind: 'not-found', which: 'from' };
  if (stays === undefined) return { kind: 'not-found', which: 'into' };
  const { contactId } = stays;
  if (goes.contactId === contactId) return { kind: 'one', contactId, merged: false };
  const reason = obstacleOf(stays, goes);
  if (reason !== undefined) return { kind: 'impossible', reason };
  return { kind: 'one', contactId: draft.join(...survivorFirst(stays, goes)).contactId, merged: true };
};

/** Creates a {@link Merge}. */
export const createMerge =
  (store: LinkStore): Merge =>
  async (orgId, from, into, { now, budget, onRetry }) => {
    const options = { budget, ...(onRetry && { onRetry }) };
    for (let attempt = 1; budget.now() < budget.deadline; attempt++) {
      const draft = beginDraft(await store.read(orgId, [...new Set([from, into])], options), now);
      const outcome = applyTo(draft, from, into);
      const [result] = await store.commit(orgId, [draft.writes()], 1, now, options);
      if (result === 'written') return outcome;
      if (result === undefined) break;
      onRetry?.();
      await budget.sleep(pauseBefore(attempt, false, budget.random));
    }
    throw new OutOfTimeError('The contacts could not be merged in time');
  };
