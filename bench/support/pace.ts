/**
 * The whole benchmark must end within ten minutes on very different machines, so each path has a share of this time. Further rounds
 * start only within the share, but each measurement has at least one round. A path that runs alone has no limit.
 */
let ends = Number.POSITIVE_INFINITY;

/**
 * Limits the time of the path that begins now.
 * @param seconds - its share
 */
export const allow = (seconds: number): void => {
  ends = performance.now() + seconds * 1_000;
};

/** Whether another round may begin. */
export const hasTime = (): boolean => performance.now() < ends;

/** Whether the path runs alone. */
export const isUnhurried = (): boolean => ends === Number.POSITIVE_INFINITY;
