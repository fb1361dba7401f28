import { canHappen, type Fault, type FaultPlan } from './fault-proxy.ts';

/** The share of calls that fail. */
const RATE = 0.3;

/** All faults after which a call can be repeated at once; a call that hangs takes the client's time-out. */
export const ALL_FAULTS: readonly Fault[] = [
  'server-error',
  'throttle',
  'reset-before',
  'reset-after',
  'partial',
  'conflict',
];

/** Of the calls to which one of the faults can happen, the first fails, so that at least one does, and 30% of the others. */
export const sometimes = (...faults: readonly Fault[]): FaultPlan => {
  let isFirst = true;
  return ({ operation }, random) => {
    const possible = faults.filter((fault) => canHappen(fault, operation));
    if (possible.length === 0 || !(isFirst || random() < RATE)) return undefined;
    isFirst = false;
    return possible[Math.floor(random() * possible.length)];
  };
};

/** The n-th call hangs. Only one does, since it takes the client's time-out of three seconds. */
export const hangAt = (nth: number): FaultPlan => {
  let calls = 0;
  return () => (++calls === nth ? 'hang' : undefined);
};
