import type { Every } from '#shared/time/every.ts';

/** A timer whose time passes only when a test lets it. */
export interface FakeTimer {
  /** Ms since the timer was created. */
  readonly now: () => number;
  readonly every: Every;
  /** Lets time pass and calls the tasks that are due, in order; their promises settle in between. */
  advance(ms: number): Promise<void>;
  /** The number of tasks that have not been cancelled. */
  readonly running: () => number;
}

/** Lets promises that are ready settle. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export const fakeTimer = (): FakeTimer => {
  const tasks = new Set<{ readonly ms: number; readonly task: () => void; next: number }>();
  let time = 0;
  return {
    now: () => time,
    every: (ms, task) => {
      const entry = { ms, task, next: time + ms };
      tasks.add(entry);
      return () => tasks.delete(entry);
    },
    async advance(ms) {
      const end = time + ms;
      for (;;) {
        const [due] = [...tasks].filter(({ next }) => next <= end).sort((a, b) => a.next - b.next);
        if (due === undefined) break;
        time = due.next;
        due.next += due.ms;
        due.task();
        await settle();
      }
      time = end;
      await settle();
    },
    running: () => tasks.size,
  };
};
