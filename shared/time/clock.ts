/** Returns the current time in milliseconds since 1970 (UTC). It is passed in, so that tests can set the time. */
export type Clock = () => number;

/** The system's clock. */
export const systemClock: Clock = () => Date.now();
