/** Whether a rule holds now, and until when at least that does not change. */
export interface Outlook {
  readonly holds: boolean;
  /**
   * Before this moment (ms since 1970) time alone does not change `holds`; Infinity where it never does. It may be
   * too early, never too late.
   */
  readonly changesAt: number;
}

/** An outlook that time alone never changes. */
export const steady = (holds: boolean): Outlook => ({ holds, changesAt: Number.POSITIVE_INFINITY });

/** The negation of an outlook. */
export const notOf = ({ holds, changesAt }: Outlook): Outlook => ({ holds: !holds, changesAt });

/**
 * `all` where `deciding` is false, `any` where it is true: one part that is `deciding` decides the whole. Where there are
 * such parts, the result can only change when the last of them does; otherwise when the first part changes.
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
