import fc from 'fast-check';
import { holdMessages, type VisibilityChange } from '#shared/aws/held-messages.ts';
import { fakeTimer, settle } from '#test/support/fake-timer.ts';

const HOLD_SECONDS = 60;

/** Two messages of a queue whose visibility timeout is much longer, of which one has been received often. */
const MESSAGES: readonly VisibilityChange[] = [
  { receiptHandle: 'first', seconds: HOLD_SECONDS },
  { receiptHandle: 'often', seconds: 300 },
];

/** A queue with a fake clock, and the messages in hand. `fails` is called for each call, with the number of earlier ones. */
const aQueue = (fails: (call: number) => boolean = () => false, messages = MESSAGES) => {
  const timer = fakeTimer();
  const visibleAt = new Map(messages.map(({ receiptHandle }) => [receiptHandle, Number.POSITIVE_INFINITY]));
  const calls: string[][] = [];
  const missed: unknown[] = [];
  let answers: Promise<void> = Promise.resolve();
  const held = holdMessages(messages, {
    holdSeconds: HOLD_SECONDS,
    every: timer.every,
    onMissed: (error) => missed.push(error),
    changeVisibility: async (changes) => {
      calls.push(changes.map(({ receiptHandle }) => receiptHandle));
      if (fails(calls.length - 1)) throw new Error('Throttled');
      const sent = timer.now();
      await answers;
      for (const { receiptHandle, seconds } of changes) visibleAt.set(receiptHandle, sent + seconds * 1_000);
    },
  });
  /** When messages become visible, in seconds from now. */
  const left = () => [...visibleAt.values()].map((at) => (at - timer.now()) / 1_000);
  /** Keeps calls from ending until the returned function is called. */
  const hang = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    answers = promise;
    return resolve;
  };
  return { timer, held, calls, missed, left, hang };
};

describe('messages in hand', () => {
  it('become visible a minute after the worker is killed, or later if they have been received often', async () => {
    const { timer, left } = aQueue();
    await timer.advance(250_000);

    // The worker is killed: nothing extends them any more.
    const wait = left();

    expect(wait).toEqual([50, 290]);
  });

  it('are extended four times a minute until the batch ends, whether done or not', async () => {
    const { timer, held, calls } = aQueue();

    await timer.advance(60_000);
    await held.stop();
    await timer.advance(600_000);

    expect(calls).toEqual(Array.from({ length: 5 }, () => ['first', 'often']));
    expect(timer.running()).toBe(0);
  });

  it('are no longer extended once released', async () => {
    const { timer, held, calls } = aQueue();

    await held.release('first');
    await timer.advance(15_000);
    await held.release('often');
    await timer.advance(60_000);

    expect(calls).toEqual([['first', 'often'], ['often']]);
  });

  it('are released when no extension is in flight, so that none overwrites what the caller sets', async () => {
    const { timer, held, hang } = aQueue();
    const answer = hang();
    await timer.advance(15_000);
    const order: string[] = [];

    const released = held.release('first').then(() => order.push('released'));
    await settle();
    order.push('answered');
    answer();
    await released;

    expect(order).toEqual(['answered', 'released']);
  });

  it('are extended again after a call that failed, which is reported', async () => {
    const { timer, missed, left } = aQueue((call) => call === 1);

    await timer.advance(30_000);

    expect(missed).toEqual([new Error('Throttled')]);
    expect(left()).toEqual([60, 300]);
  });

  it('remain invisible, with time to delete them, if no more than two extensions in a row fail', async () => {
    const runs = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(runs, async (failuresBetweenSuccesses) => {
        const outcomes = failuresBetweenSuccesses.flatMap((failures) => [
          'extended',
          ...Array.from({ length: failures }, () => 'failed'),
        ]);
        const { timer, held, left } = aQueue((call) => outcomes[call] === 'failed');
        let shortest = Number.POSITIVE_INFINITY;
        for (const _ of outcomes) {
          await timer.advance(14_999);
          shortest = Math.min(shortest, ...left());
          await timer.advance(1);
        }

        await held.stop();

        expect(shortest).toBeGreaterThanOrEqual(15);
      }),
      { numRuns: 50 },
    );
  });
});
