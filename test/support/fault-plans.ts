import type { Fault, FaultPlan } from './fault-proxy.ts';

/** The share of calls that fail. */
const RATE = 0.3;

/** All faults after which a call can be repeated at once; a call that hangs takes the client's time-out. */
export const ALL_FAULTS: readonly Fault[] = [
  'server-error',
  'throttle',
  'reset-before',
  'reset-after',
  'partial',
];

/** The first call fails, so that at least one does, and 30% of the following calls. */
export const sometimes = (...faults: readonly Fault[]): FaultPlan => {
  let isFirst = true;
  return (_call, random) => {
    const fails = isFirst || random() < RATE;
    isFirst = false;
    return fails ? faults[Math.floor(random() * faults.length)] : undefined;
  };
};

/** The n-th call hangs. Only one does, since it takes the client's time-out of three seconds. */
export const hangAt = (nth: number): FaultPlan => {
  let calls = 0;
  return () => (++calls === nth ? 'hang' : undefined);
};
