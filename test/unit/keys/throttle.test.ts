import { createThrottle, type ThrottleStore } from '#shared/keys/throttle.ts';

/** A store that several instances share. */
const aStore = () => {
  const counted = new Map<string, number>();
  let writes = 0;
  const store: ThrottleStore = {
    add: async (orgId, second, requests) => {
      writes += 1;
      const key = `${orgId} ${second}`;
      counted.set(key, (counted.get(key) ?? 0) + requests);
      return counted.get(key) as number;
    },
  };
  return { store, writes: () => writes };
};

/** Sends requests to instances in turn. @returns the number that passed */
const send = async (
  instances: readonly ReturnType<typeof createThrottle>[],
  requests: number,
  orgId = 'o_1',
) => {
  let passed = 0;
  for (let nth = 0; nth < requests; nth++) {
    const wait = await instances[nth % instances.length]?.(orgId);
    if (wait === undefined) passed += 1;
    else expect(wait).toBe(1);
  }
  return passed;
};

const aStage = (instances: number, perSecond = 1_000) => {
  let at = 1_700_000_000_000;
  const { store, writes } = aStore();
  const all = Array.from({ length: instances }, () => createThrottle(store, perSecond, () => at));
  return { all, writes, pass: (ms: number) => (at += ms) };
};

describe('the throttle of an organisation', () => {
  it('lets few requests pass without a write', async () => {
    const { all, writes } = aStage(20);

    expect(await send(all, 200)).toBe(200);
    expect(writes()).toBe(0);
  });

  it.each([1, 5, 20])('holds for all of %i instances together', async (instances) => {
    const { all } = aStage(instances);

    const passed = await send(all, 5_000);

    expect(passed).toBeGreaterThanOrEqual(1_000 - 35 * instances);
    expect(passed).toBeLessThanOrEqual(1_000 + 35 * instances);
  });

  it('takes a write for 25 requests at most', async () => {
    const { all, writes } = aStage(4);

    await send(all, 900);

    expect(writes()).toBeLessThanOrEqual(40);
  });

  it('begins anew with each second', async () => {
    const { all, pass } = aStage(1, 100);
    await send(all, 500);

    pass(1_000);

    expect(await send(all, 50)).toBe(50);
  });

  it('counts each organisation alone', async () => {
    const { all } = aStage(1, 100);
    await send(all, 500);

    expect(await send(all, 50, 'o_2')).toBe(50);
  });

  it('lets requests pass while they cannot be counted', async () => {
    const failing: ThrottleStore = { add: async () => Promise.reject(new Error('down')) };
    const throttle = createThrottle(failing, 100, () => 0);

    expect(await send([throttle], 300)).toBe(300);
  });
});
