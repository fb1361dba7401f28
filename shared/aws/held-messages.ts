import type { Every } from '../time/every.ts';

/** When a received message becomes visible again, unless it is deleted or changed again. */
export interface VisibilityChange {
  readonly receiptHandle: string;
  /** From now, in seconds. */
  readonly seconds: number;
}

/**
 * Makes received messages visible again after a number of seconds, instead of the queue's visibility timeout.
 * @throws Error if some could not be changed; the others are
 */
export type ChangeVisibility = (changes: readonly VisibilityChange[]) => Promise<void>;

/** The messages of a batch that a worker has in hand. */
export interface HeldMessages {
  /**
   * Stops extending a message. When this resolves, no call that extends it is in flight, so that the caller may set its
   * visibility.
   */
  release(receiptHandle: string): Promise<void>;
  /** Stops extending all messages; resolves when no call is in flight. Lambda deletes those that are done. */
  stop(): Promise<void>;
}

/**
 * The period of invisibility in intervals between extensions. At the end of a batch at least one interval is left to report
 * it and to delete its messages, even if two extensions in a row have failed, or the event loop was blocked for as long.
 */
const INTERVALS = 4;

/** How {@link holdMessages} holds messages. */
export interface HoldOptions {
  /** The shortest period for which a message is held, in seconds; it determines the interval of extensions. */
  readonly holdSeconds: number;
  readonly changeVisibility: ChangeVisibility;
  readonly every: Every;
  /** Called if messages could not be extended. They are extended again after the interval. */
  readonly onMissed: (error: unknown) => void;
}

/**
 * Makes messages invisible for a short period, and extends that period until they are released or stopped ("heartbeat").
 * If the worker is killed, nothing extends it, and another worker receives the messages when the period ends.
 *
 * Messages that are done are extended as well: Lambda deletes them only after the whole batch. The extensions end with the
 * worker's process at the latest, so nothing is held for longer than one period after the function's timeout.
 */
export const holdMessages = (
  messages: readonly VisibilityChange[],
  { holdSeconds, changeVisibility, every, onMissed }: HoldOptions,
): HeldMessages => {
  const held = new Map(messages.map((message) => [message.receiptHandle, message]));
  let inFlight: Promise<unknown> = Promise.resolve();
  const extend = (): void => {
    if (held.size === 0) return;
    inFlight = Promise.all([inFlight, changeVisibility([...held.values()]).catch(onMissed)]);
  };
  extend();
  const cancel = every((holdSeconds * 1_000) / INTERVALS, extend);
  return {
    async release(receiptHandle) {
      held.delete(receiptHandle);
      await inFlight;
    },
    async stop() {
      cancel();
      await inFlight;
    },
  };
};
