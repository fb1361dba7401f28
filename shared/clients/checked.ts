import type { Translation } from '../imports/history-message.ts';

/** A message, or a part of one, that breaks a rule. */
export type Rejection = Extract<Translation, { kind: 'rejected' }>;

/** A part of a message that satisfies its rules, or the first that it breaks. */
export type Checked<T> = { readonly kind: 'valid'; readonly value: T } | Rejection;

/** A part that satisfies its rules. */
export const valid = <T>(value: T): Checked<T> => ({ kind: 'valid', value });

/**
 * @param field - the field that breaks the rule, as the client names it
 * @param reason - the rule in words; it names the field
 */
export const rejected = (field: string | undefined, reason: string): Rejection => ({
  kind: 'rejected',
  field,
  reason,
});
