/** Whether a rule is satisfied now, and the earliest moment at which time alone may change that. */
export interface Outlook {
  readonly holds: boolean;
  /**
   * Before this moment (ms since 1970), time alone does not change `holds`; Infinity if it never does. The moment may
   * be too early, but never too late.
   */
  readonly changesAt: number;
}

/** An outlook that time alone never changes. */
export const steady = (holds: boolean): Outlook => ({ holds, changesAt: Number.POSITIVE_INFINITY });

/** The negation of an outlook. */
export const notOf = ({ holds, changesAt }: Outlook): Outlook => ({ holds: !holds, changesAt });

/**
 * `all` if `deciding` is false, `any` if it is true: a single part equal to `deciding` determines the result. If
 * there are such parts, the result can only change when the last of them changes; otherwise it can change when the
 * first part does.
 */
const combine = (parts: readonly Outlook[], deciding: boolean): Outlook => {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const { holds, changesAt } of parts) {
    if (holds === deciding) last = Math.max(last, changesAt);
    first = Math.min(first, changesAt);
  }
  return last === Number.NEGATIVE_INFINITY
    ? { holds: !deciding, changesAt: first }
    : { holds: deciding, changesAt: last };
};

/** The outlook of a rule that requires all parts. */
export const allOf = (parts: readonly Outlook[]): Outlook => combine(parts, false);

/** The outlook of a rule that requires any of its parts. */
export const anyOf = (parts: readonly Outlook[]): Outlook => combine(parts, true);
