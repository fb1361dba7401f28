import { constants } from 'node:os';
import { UserError } from '#cli/user-error.ts';

/** Thrown by what is interrupted; the exit code is that of a process which the signal ends. */
export class InterruptedError extends UserError {
  override readonly name = 'InterruptedError';
  override readonly exitCode: number;

  constructor(signal: (typeof SIGNALS)[number]) {
    super(`\nInterrupted by ${signal}: what was started is stopped.`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The interrupts of this process. */
export interface Interrupts {
  /** Aborted with an {@link InterruptedError} by the first signal. */
  readonly signal: AbortSignal;
  /** Makes signals end the process again. */
  stop(): void;
}

/**
 * From now on, signals that would end this process (Ctrl-C, `kill`, a closed terminal) abort {@link Interrupts.signal}
 * instead, so that what was started can be ended in order. Further ones are ignored: an impatient second Ctrl-C, and npm,
 * which repeats the terminal's, would leave behind what is being ended.
 */
export const listenForInterrupts = (): Interrupts => {
  const controller = new AbortController();
  const listeners = SIGNALS.map((name) => {
    const abort = () => controller.abort(new InterruptedError(name));
    process.on(name, abort);
    return { name, abort };
  });
  // A closed pipe (npm start | head) would otherwise end the process in the middle of a write.
  const hangUp = () => controller.abort(new InterruptedError('SIGHUP'));
  process.stdout.on('error', hangUp);
  return {
    signal: controller.signal,
    stop: () => {
      for (const { name, abort } of listeners) process.off(name, abort);
      process.stdout.off('error', hangUp);
    },
  };
};
