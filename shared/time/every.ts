/**
 * Calls a task repeatedly, first after the interval, until the returned function is called. It is passed in, so that tests
 * can let time pass.
 * @param ms - the interval, in ms
 */
export type Every = (ms: number, task: () => void) => () => void;

/** The system's timer. */
export const systemEvery: Every = (ms, task) => {
  const timer = setInterval(task, ms);
  return () => clearInterval(timer);
};
