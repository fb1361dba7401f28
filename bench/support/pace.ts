/**
 * The benchmark as a whole has to end within ten minutes on machines that differ by far, so each path has its share of them: rounds
 * go on as long as it lasts, and one is taken of each measurement however late it is. A path that runs alone has all the time.
 */
let ends = Number.POSITIVE_INFINITY;

/** @param seconds - the share of the path that begins now */
export const allow = (seconds: number): void => {
  ends = performance.now() + seconds * 1_000;
};

/** Whether another round may begin. */
export const hasTime = (): boolean => performance.now() < ends;

/** Whether the path runs alone. */
export const isUnhurried = (): boolean => ends === Number.POSITIVE_INFINITY;
