import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { drain } from '#shared/aws/drain.ts';
import { aBudget, anAwsError, type FakeBudget } from '#test/support/builders.ts';

/** What the service does with one call, and how long it takes. */
interface Step {
  readonly does: 'take' | 'leave' | 'throttle' | 'fail' | 'hang up' | 'lose the answer';
  /** Of `leave`: which items, by the bits of this number. */
  readonly leaves: number;
  readonly takesMs: number;
}

interface Item {
  readonly id: number;
}

const itemsOf = (count: number): Item[] => Array.from({ length: count }, (_, id) => ({ id }));

/** A service that follows a script, and after its end takes everything. It remembers all that went on. */
const aService = (script: readonly Step[], budget: FakeBudget) => {
  const confirmed: Item[] = [];
  const chunks: (readonly Item[])[] = [];
  const begunAt: number[] = [];
  const seen = { underWay: 0, most: 0 };

  const answer = (chunk: readonly Item[], { does, leaves }: Step): readonly Item[] => {
    if (does === 'throttle') throw anAwsError('ProvisionedThroughputExceededException', 400);
    if (does === 'fail') throw anAwsError('InternalServerError', 500);
    if (does === 'hang up') throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    // The service did its work, but nobody will know.
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
    dice: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  });

  it('gets every item through once or reports it as left once', async () => {
    await fc.assert(
      fc.asyncProperty(situation, async ({ count, chunkSize, concurrency, script, ms, dice }) => {
        const items = itemsOf(count);
        const budget = aBudget(ms, () => dice);
        const service = aService(script, budget);

        const left = await drain(items, { chunkSize, concurrency, send: service.send, budget });

        const told = [...service.confirmed, ...left];
        expect(told.sort((a, b) => a.id - b.id)).toEqual(items);
        expect(told.every((item) => item === items[item.id])).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('keeps within the chunk size, the bound and the deadline', async () => {
    await fc.assert(
      fc.asyncProperty(situation, async ({ count, chunkSize, concurrency, script, ms, dice }) => {
        const budget = aBudget(ms, () => dice);
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

  it('leaves nothing where the service recovers in time', async () => {
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

  it('makes no call where there is nothing, or no time', async () => {
    const budget = aBudget(0);
    const service = aService([], budget);

    expect(await drain([], { ...options, send: service.send, budget: aBudget() })).toEqual([]);
    expect(await drain(itemsOf(3), { ...options, send: service.send, budget })).toEqual(itemsOf(3));
    expect(service.chunks).toEqual([]);
  });

  it('makes as many calls at once as it may', async () => {
    const budget = aBudget();
    const service = aService([], budget);

    await drain(itemsOf(100), { ...options, send: service.send, budget });

    expect(service.seen.most).toBe(4);
    expect(service.chunks).toHaveLength(10);
  });

  it('throws a permanent error at once and begins nothing new', async () => {
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

  it('tells of every repetition', async () => {
    const budget = aBudget();
    let retries = 0;
    const script = [step({ does: 'throttle' }), step({ does: 'leave', leaves: 1 })];
    const service = aService(script, budget);

    await drain(itemsOf(5), { ...options, send: service.send, budget, onRetry: () => retries++ });

    expect(retries).toBe(2);
  });

  it('pauses longer each time, and longer for throttles than for failures', async () => {
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

  it('sleeps no further than the deadline', async () => {
    const budget = aBudget(120, () => 0.999);
    const service = aService(
      Array.from({ length: 99 }, () => step({ does: 'throttle', takesMs: 0 })),
      budget,
    );

    const left = await drain(itemsOf(1), { ...options, send: service.send, budget });

    expect(left).toEqual(itemsOf(1));
    expect(budget.now()).toBe(budget.deadline);
  });

  it('hands each call a signal that ends it at the deadline', async () => {
    const budget = aBudget(30);
    const send = (_chunk: readonly Item[], signal: AbortSignal): Promise<Item[]> =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    // The signal alone goes by the machine's clock; an unreferenced timer needs something that waits.
    const awake = setInterval(() => undefined, 5);

    const left = await drain(itemsOf(3), { ...options, send, budget }).finally(() => clearInterval(awake));

    expect(left).toEqual(itemsOf(3));
  });
});

it('sends groups that come to be one by one in full chunks, each as soon as it is full', async () => {
  const journal: string[] = [];
  async function* groups() {
    for (const size of [2, 0, 5, 1]) {
      journal.push(`made ${size}`);
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
  expect(journal).toEqual(['made 2', 'made 0', 'made 5', 'sent 3', 'sent 3', 'made 1', 'sent 2']);
});
