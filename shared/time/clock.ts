/** The current moment in milliseconds since 1970 (UTC). It is passed in, so that tests choose the time. */
export type Clock = () => number;

/** The machine's clock. */
export const systemClock: Clock = () => Date.now();
