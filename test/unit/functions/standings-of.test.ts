import { createStandingsOf } from '#functions/refresh/worker/standings-of.ts';
import type { Standing } from '#shared/standings/standing-item.ts';
import { aBudget, idsOf, ORG } from '#test/support/builders.ts';
import { aStanding, someIds } from '#test/support/refresh-world.ts';

const [A, B, C, D] = someIds(4) as [string, string, string, string];

/**
 * @param reads - the standings that each read finds, one read after the other; the last for all further reads
 * @param owners - the contacts of identities
 */
const aStage = (reads: readonly (readonly Standing[])[], owners: Readonly<Record<string, string>> = {}) => {
  const asked: string[][] = [];
  const lookedUp: string[][] = [];
  const find = createStandingsOf({
    standings: {
      getMany: async (_orgId, ids) => {
        const wanted = [...ids];
        const found = reads[Math.min(asked.length, reads.length - 1)] ?? [];
        asked.push(wanted);
        return found.filter(({ contactId }) => wanted.includes(contactId));
      },
    },
    identities: {
      find: async (_orgId, ids) => {
        const wanted = [...(await idsOf(ids))];
        lookedUp.push(wanted);
        return new Map(
          wanted.flatMap((id) =>
            owners[id] === undefined ? [] : [[id, { contactId: owners[id], isOnly: false }]],
          ),
        );
      },
    },
  });
  const read = async (...ids: string[]) => {
    const { contacts, gone } = await find(ORG, ids, { budget: aBudget() });
    return {
      contacts: Object.fromEntries(contacts.map(({ standing, ids: names }) => [standing.contactId, names])),
      gone: gone.map(({ contactId }) => contactId),
    };
  };
  return { read, asked, lookedUp };
};

const standings = (...ids: string[]): Standing[] => ids.map((contactId) => aStanding({ contactId }));

describe('the standings of a message', () => {
  it('are found with one read if all ids are those of contacts', async () => {
    const { read, asked, lookedUp } = aStage([standings(A, B)]);

    expect(await read(A, B)).toEqual({ contacts: { [A]: [A], [B]: [B] }, gone: [] });
    expect([asked, lookedUp]).toEqual([[[A, B]], []]);
  });

  it('are each found once, with all ids that name them', async () => {
    const { read, asked, lookedUp } = aStage([standings(A, D)], { [B]: A, [C]: D });

    expect(await read(A, B, C)).toEqual({ contacts: { [A]: [A, B], [D]: [C] }, gone: [] });
    expect([asked, lookedUp]).toEqual([[[A, B, C], [D]], [[B, C]]]);
  });

  it('are without ids that no contact has', async () => {
    const { read } = aStage([standings(A)]);

    expect(await read(A, B)).toEqual({ contacts: { [A]: [A] }, gone: [] });
  });

  it('of a contact that is gone are named apart, and its id names the contact that it is now', async () => {
    const { read } = aStage([[aStanding({ contactId: A, gone: true }), ...standings(B)]], { [A]: B });

    expect(await read(A)).toEqual({ contacts: { [B]: [A] }, gone: [A] });
  });

  it('are without a contact that is gone before it is read, which its merge has refreshed', async () => {
    const { read } = aStage([[], [aStanding({ contactId: B, gone: true })]], { [A]: B });

    expect(await read(A)).toEqual({ contacts: {}, gone: [] });
  });
});
