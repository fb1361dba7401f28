import {
  type ChangeTime,
  changedAt,
  isSame,
  looksSame,
  mergeTimed,
  type TimedValues,
  timedBytes,
} from '../contacts/timed.ts';

/** All that is stored of a company, with the times of all changes. */
export interface CompanyState {
  /** The sender's id of the company. */
  readonly groupId: string;
  /** Counts the changes; a write is made only over the version that was read. 0 for a company that is not stored yet. */
  readonly version: number;
  /** JSON texts by name, those of removed traits included. */
  readonly traits: TimedValues;
  /** The moment of the first change, ms since 1970. */
  readonly createdAt: number;
  /** The moment of the last visible change here, ms since 1970. */
  readonly updatedAt: number;
}

/** A change of a company. */
export interface CompanyTraits {
  readonly groupId: string;
  /** Changed traits: JSON texts by name; `null` removes one. Without any, the change creates the company if it does not exist. */
  readonly traits: ReadonlyMap<string, string>;
  /** When they were true. */
  readonly time: ChangeTime;
}

/** What became of a change of a company. */
export type CompanyOutcome =
  | { readonly kind: 'stored' }
  | { readonly kind: 'rejected'; readonly reason: string };

/** The maximum size of a company's traits, as of a contact's attributes: lists and refreshes read many companies at once. */
export const MAX_TRAITS_BYTES = 128 * 1024;

/** The maximum size of the id of a company, in bytes. Source: DynamoDB quotas, "Sort key length". */
export const MAX_GROUP_ID_BYTES = 1_024;

/** Whether a text can be the id of a company. */
export const isGroupId = (text: string): boolean =>
  text !== '' && text.isWellFormed() && Buffer.byteLength(text) <= MAX_GROUP_ID_BYTES;

const STORED: CompanyOutcome = { kind: 'stored' };

const TOO_LARGE: CompanyOutcome = { kind: 'rejected', reason: 'Company is too large to store' };

/** What a company becomes. */
export interface ChangedCompany {
  /** The same object if nothing changes; undefined if it does not exist and all changes are refused. */
  readonly after: CompanyState | undefined;
  /** By position of the change. */
  readonly outcomes: readonly CompanyOutcome[];
  /** Whether a reader can see the difference. */
  readonly isVisible: boolean;
  /** Whether one of the changes is what the company has in the end, whether it had it before or not. */
  readonly isCurrent: boolean;
}

/**
 * Applies changes to a company, each trait by its time: in whatever order they arrive, and however often, the company ends the
 * same.
 *
 * @param before - the company as it is stored; undefined if it does not exist
 * @param changes - changes of this company
 * @param now - the moment of the change, ms since 1970
 */
export const changeCompany = (
  before: CompanyState | undefined,
  changes: readonly CompanyTraits[],
  now: number,
): ChangedCompany => {
  let traits: TimedValues = before?.traits ?? new Map();
  const applied: TimedValues[] = [];
  const outcomes = changes.map((change) => {
    const changed = changedAt(change.traits, change.time);
    const merged = mergeTimed(traits, changed);
    const size = timedBytes(merged);
    // Whatever was known before: a change that is too large on its own is refused, even if it changes nothing.
    const isTooLarge =
      timedBytes(changed) > MAX_TRAITS_BYTES || (size > MAX_TRAITS_BYTES && size > timedBytes(traits));
    if (isTooLarge) return TOO_LARGE;
    traits = merged;
    applied.push(changed);
    return STORED;
  });
  const [first] = changes;
  if (first === undefined || applied.length === 0) {
    return { after: before, outcomes, isVisible: false, isCurrent: false };
  }
  const isCurrent = applied.some((changed) => isOf(changed, traits));
  if (before === undefined) {
    const after = { groupId: first.groupId, version: 0, traits, createdAt: now, updatedAt: now };
    return { after, outcomes, isVisible: true, isCurrent };
  }
  if (isSame(traits, before.traits)) return { after: before, outcomes, isVisible: false, isCurrent };
  const isVisible = !looksSame(traits, before.traits);
  return {
    after: { ...before, traits, updatedAt: isVisible ? now : before.updatedAt },
    outcomes,
    isVisible,
    isCurrent,
  };
};

/** Whether one of the values is among those of a company, with its time. */
const isOf = (changed: TimedValues, traits: TimedValues): boolean =>
  [...changed].some(([name, { at, nth, text }]) => {
    const kept = traits.get(name);
    return kept?.at === at && kept.nth === nth && kept.text === text;
  });
