import { createSweep } from '#functions/refresh/sweep/handler.ts';
import { CONTACTS_PER_MESSAGE, type RefreshMessage } from '#shared/refresh/messages.ts';
import { NOW } from '#test/support/builders.ts';
import { aQueue, someIds } from '#test/support/refresh-world.ts';

type Due = { readonly orgId: string; readonly contactId: string };

const aStage = (...pages: readonly (readonly Due[])[]) => {
  const dueTimes: number[] = [];
  const { sent, queue } = aQueue<RefreshMessage>();
  const run = createSweep({
    standings: {
      async *due(now) {
        dueTimes.push(now);
        yield* pages;
      },
    },
    workers: queue,
    now: () => NOW,
  });
  return { run, sent, dueTimes };
};

const of = (orgId: string, count: number): Due[] => someIds(count).map((contactId) => ({ orgId, contactId }));

describe('the sweep', () => {
  it('sends the contacts that are due, each with its organisation', async () => {
    const { run, sent, dueTimes } = aStage([...of('o_a', 2), ...of('o_b', 1)]);

    const count = await run();

    expect(dueTimes).toEqual([NOW]);
    expect(count).toBe(3);
    expect(sent).toEqual([
      { orgId: 'o_a', contactIds: someIds(2), reason: 'due', consistent: false },
      { orgId: 'o_b', contactIds: someIds(1), reason: 'due', consistent: false },
    ]);
  });

  it('sends a few contacts in each message, page after page', async () => {
    const { run, sent } = aStage(of('o_a', 2 * CONTACTS_PER_MESSAGE + 1), [], of('o_b', 1));

    const count = await run();

    expect(count).toBe(2 * CONTACTS_PER_MESSAGE + 2);
    expect(sent.map(({ orgId, contactIds }) => [orgId, contactIds.length])).toEqual([
      ['o_a', CONTACTS_PER_MESSAGE],
      ['o_a', CONTACTS_PER_MESSAGE],
      ['o_a', 1],
      ['o_b', 1],
    ]);
  });

  it('sends nothing if no contact is due', async () => {
    const { run, sent } = aStage([]);

    expect(await run()).toBe(0);
    expect(sent).toEqual([]);
  });
});
