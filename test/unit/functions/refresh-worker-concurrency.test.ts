import { setImmediate } from 'node:timers/promises';
import { createRefreshContacts } from '#functions/refresh/worker/handler.ts';
import { budgetOf } from '#shared/aws/retry.ts';
import { compileDefinitions } from '#shared/refresh/computed.ts';
import { NOW } from '#test/support/builders.ts';
import {
  aContact,
  aRefreshMessage,
  aStanding,
  NO_COMPANIES,
  someDefinitions,
  someIds,
} from '#test/support/refresh-world.ts';

/** A worker that records how many histories are being read at the same time. */
const aCountingWorker = () => {
  let inFlight = 0;
  const seen: number[] = [];
  const refreshed: string[] = [];
  const worker = createRefreshContacts({
    standings: { getMany: async (_orgId, ids) => [...ids].map((contactId) => aStanding({ contactId })) },
    identities: { find: async () => new Map() },
    contacts: { getMany: async (_orgId, ids) => [...ids].map((contactId) => aContact({ contactId })) },
    companies: NO_COMPANIES,
    computeOf: async () => compileDefinitions(someDefinitions()),
    events: {
      async *history() {
        inFlight += 1;
        seen.push(inFlight);
        await setImmediate();
        inFlight -= 1;
        yield [];
      },
    },
    outcomes: {
      save: async (_orgId, { contactId }) => {
        refreshed.push(contactId);
        return 'saved';
      },
      remove: async () => 'removed',
    },
    jobs: { finish: async () => {}, fail: async () => {}, finishSome: async () => {} },
    isCancelled: async () => false,
    now: () => NOW,
    onRefreshed: () => {},
    onDueFailed: () => {},
    maxAttempts: 10,
  });
  return { worker, seen, refreshed };
};

describe('the contacts that a worker refreshes at the same time', () => {
  it.each([
    ['one message', 1, 4],
    ['ten messages', 10, 8],
  ])('are limited for %s', async (_name, messages, limit) => {
    const { worker, seen, refreshed } = aCountingWorker();
    const ids = someIds(messages * 20);
    const delivery = { attempt: 1, sentAt: NOW, budget: budgetOf(60_000, () => NOW) };

    await Promise.all(
      Array.from({ length: messages }, (_, nth) =>
        worker(aRefreshMessage({ contactIds: ids.slice(nth * 20, nth * 20 + 20) }), delivery),
      ),
    );

    expect(Math.max(...seen)).toBe(limit);
    expect(refreshed.sort()).toEqual(ids);
  });
});
