/** What a rule says now, and how long at least it goes on saying so. */
export interface Outlook {
  readonly holds: boolean;
  /**
   * Before this moment (ms since 1970) time alone does not change `holds`; Infinity where it never does. It may be
   * too early, never too late.
   */
  readonly changesAt: number;
}

/** An outlook that time does not touch. */
export const steady = (holds: boolean): Outlook => ({ holds, changesAt: Number.POSITIVE_INFINITY });

/** The reverse of an outlook. */
export const notOf = ({ holds, changesAt }: Outlook): Outlook => ({ holds: !holds, changesAt });

/**
 * `all` where `deciding` is false, `any` where it is true: one part that says `deciding` settles the whole. So that all
 * such parts are gone takes as long as the last of them; otherwise the first part that changes may settle it.
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

/** Whether all parts hold. */
export const allOf = (parts: readonly Outlook[]): Outlook => combine(parts, false);

/** Whether any part holds. */
export const anyOf = (parts: readonly Outlook[]): Outlook => combine(parts, true);
