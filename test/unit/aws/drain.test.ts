import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { drain } from '#shared/aws/drain.ts';
import { aBudget, anAwsError, type FakeBudget } from '#test/support/builders.ts';

/** The service's reaction to one call, and its duration. */
interface Step {
  readonly does: 'take' | 'leave' | 'throttle' | 'fail' | 'hang up' | 'lose the answer';
  /** For `leave`: a bit mask of the items. */
  readonly leaves: number;
  readonly takesMs: number;
}

interface Item {
  readonly id: number;
}

const itemsOf = (count: number): Item[] => Array.from({ length: count }, (_, id) => ({ id }));

/** A service that follows a script, accepts everything after its end, and records its calls. */
const aService = (script: readonly Step[], budget: FakeBudget) => {
  const confirmed: Item[] = [];
  const chunks: (readonly Item[])[] = [];
  const begunAt: number[] = [];
  const seen = { underWay: 0, most: 0 };

  const answer = (chunk: readonly Item[], { does, leaves }: Step): readonly Item[] => {
    if (does === 'throttle') throw anAwsError('ProvisionedThroughputExceededException', 400);
    if (does === 'fail') throw anAwsError('InternalServerError', 500);
    if (does === 'hang up') throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    // The service did its work, but the caller does not learn of it.
    if (does === 'lose the answer') throw Object.assign(new Error('time-out'), { name: 'TimeoutError' });
    const left = does === 'leave' ? chunk.filter((_, nth) => (leaves >> (nth % 30)) & 1) : [];
    confirmed.push(...chunk.filter((item) => !left.includes(item)));
    return left;
  };

  const send = async (chunk: readonly Item[]): Promise<readonly Item[]> => {
    const step = script[chunks.length] ?? { does: 'take', leaves: 0, takesMs: 1 };
    chunks.push(chunk);
    begunAt.push(budget.now());
    seen.underWay++;
    seen.most = Math.max(seen.most, seen.underWay);
    await setImmediate();
    budget.advance(step.takesMs);
    seen.underWay--;
    return answer(chunk, step);
  };
  return { send, confirmed, chunks, begunAt, seen };
};

const step = (overrides: Partial<Step> = {}): Step => ({ does: 'take', leaves: 0, takesMs: 1, ...overrides });

const anyStep: fc.Arbitrary<Step> = fc.record({
  does: fc.constantFrom('take', 'leave', 'throttle', 'fail', 'hang up', 'lose the answer'),
  leaves: fc.nat({ max: 2 ** 30 - 1 }),
  takesMs: fc.nat({ max: 200 }),
});

describe('drain, whatever the service does', () => {
  const situation = fc.record({
    count: fc.nat({ max: 60 }),
    chunkSize: fc.integer({ min: 1, max: 25 }),
    concurrency: fc.integer({ min: 1, max: 8 }),
    script: fc.array(anyStep, { maxLength: 40 }),
    ms: fc.constantFrom(1, 300, 2_000, 60_000),
    random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  });

  it('either sends every item successfully once or returns it once', async () => {
    await fc.assert(
      fc.asyncProperty(situation, async ({ count, chunkSize, concurrency, script, ms, random }) => {
        const items = itemsOf(count);
        const budget = aBudget(ms, () => random);
        const service = aService(script, budget);

        const left = await drain(items, { chunkSize, concurrency, send: service.send, budget });

        const all = [...service.confirmed, ...left];
        expect(all.sort((a, b) => a.id - b.id)).toEqual(items);
        expect(all.every((item) => item === items[item.id])).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('respects the chunk size, the concurrency and the deadline', async () => {
    await fc.assert(
      fc.asyncProperty(situation, async ({ count, chunkSize, concurrency, script, ms, random }) => {
        const budget = aBudget(ms, () => random);
        const service = aService(script, budget);

        await drain(itemsOf(count), { chunkSize, concurrency, send: service.send, budget });

        expect(service.seen.most).toBeLessThanOrEqual(concurrency);
        expect(service.chunks.every((chunk) => chunk.length > 0 && chunk.length <= chunkSize)).toBe(true);
        expect(service.begunAt.every((at) => at < budget.deadline)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});

describe('drain', () => {
  const options = { chunkSize: 10, concurrency: 4 };

  it('sends everything if the service recovers in time', async () => {
    const budget = aBudget();
    const script = [
      step({ does: 'throttle' }),
      step({ does: 'fail' }),
      step({ does: 'leave', leaves: 0b101 }),
    ];
    const service = aService(script, budget);

    const left = await drain(itemsOf(25), { ...options, send: service.send, budget });

    expect(left).toEqual([]);
    expect(service.confirmed).toHaveLength(25);
  });

  it('sends again only what was left', async () => {
    const budget = aBudget();
    const service = aService([step({ does: 'leave', leaves: 0b110 }), step({ does: 'fail' })], budget);

    await drain(itemsOf(4), { ...options, send: service.send, budget });

    expect(service.chunks.map((chunk) => chunk.map(({ id }) => id))).toEqual([
      [0, 1, 2, 3],
      [1, 2],
      [1, 2],
    ]);
  });

  it('makes no call if there are no items, or no time', async () => {
    const budget = aBudget(0);
    const service = aService([], budget);

    expect(await drain([], { ...options, send: service.send, budget: aBudget() })).toEqual([]);
    expect(await drain(itemsOf(3), { ...options, send: service.send, budget })).toEqual(itemsOf(3));
    expect(service.chunks).toEqual([]);
  });

  it('uses the full concurrency', async () => {
    const budget = aBudget();
    const service = aService([], budget);

    await drain(itemsOf(100), { ...options, send: service.send, budget });

    expect(service.seen.most).toBe(4);
    expect(service.chunks).toHaveLength(10);
  });

  it('throws a permanent error immediately and starts no further call', async () => {
    const budget = aBudget();
    let calls = 0;
    const send = async (): Promise<Item[]> => {
      calls++;
      throw anAwsError('ValidationException', 400);
    };

    const run = drain(itemsOf(100), { chunkSize: 10, concurrency: 1, send, budget });

    await expect(run).rejects.toThrow('ValidationException');
    expect(calls).toBe(1);
    expect(budget.pauses).toEqual([]);
  });

  it('reports every retry', async () => {
    const budget = aBudget();
    let retries = 0;
    const script = [step({ does: 'throttle' }), step({ does: 'leave', leaves: 1 })];
    const service = aService(script, budget);

    await drain(itemsOf(5), { ...options, send: service.send, budget, onRetry: () => retries++ });

    expect(retries).toBe(2);
  });

  it('pauses longer after each attempt, and longer after throttling than after failures', async () => {
    const pausesAfter = async (does: Step['does']): Promise<number[]> => {
      const budget = aBudget();
      const service = aService(
        Array.from({ length: 4 }, () => step({ does, leaves: 1 })),
        budget,
      );
      await drain(itemsOf(1), { ...options, send: service.send, budget });
      return budget.pauses;
    };

    expect(await pausesAfter('throttle')).toEqual([50, 100, 200, 400]);
    expect(await pausesAfter('leave')).toEqual([50, 100, 200, 400]);
    expect(await pausesAfter('fail')).toEqual([12.5, 25, 50, 100]);
  });

  it('does not sleep beyond the deadline', async () => {
    const budget = aBudget(120, () => 0.999);
    const service = aService(
      Array.from({ length: 99 }, () => step({ does: 'throttle', takesMs: 0 })),
      budget,
    );

    const left = await drain(itemsOf(1), { ...options, send: service.send, budget });

    expect(left).toEqual(itemsOf(1));
    expect(budget.now()).toBe(budget.deadline);
  });

  it('passes each call a signal that aborts it at the deadline', async () => {
    const budget = aBudget(30);
    const send = (_chunk: readonly Item[], signal: AbortSignal): Promise<Item[]> =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    // The signal uses the real clock, and its unreferenced timer does not keep the process alive.
    const awake = setInterval(() => undefined, 5);

    const left = await drain(itemsOf(3), { ...options, send, budget }).finally(() => clearInterval(awake));

    expect(left).toEqual(itemsOf(3));
  });
});

it('sends groups from a generator in full chunks, each as soon as it is full', async () => {
  const journal: string[] = [];
  async function* groups() {
    for (const size of [2, 0, 5, 1]) {
      journal.push(`yielded ${size}`);
      yield itemsOf(size);
      await setImmediate();
    }
  }

  const left = await drain(groups(), {
    chunkSize: 3,
    concurrency: 2,
    budget: aBudget(),
    send: async (chunk) => {
      journal.push(`sent ${chunk.length}`);
      return [];
    },
  });

  expect(left).toEqual([]);
  expect(journal).toEqual(['yielded 2', 'yielded 0', 'yielded 5', 'sent 3', 'sent 3', 'yielded 1', 'sent 2']);
});
