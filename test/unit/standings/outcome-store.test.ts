import { type DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { createOutcomeStore } from '#shared/standings/outcome-store.ts';
import { aRefreshMessage, aStanding, someIds } from '#test/support/refresh-world.ts';
import { aWorker } from '#test/support/worker-stage.ts';

const TABLES = { standings: 'standings', members: 'members' };

/** A store whose transactions are cancelled for these reasons, one after the other, and then executed. */
const aStore = (...cancellations: readonly (readonly string[])[]) => {
  const transactions: { readonly TransactItems: readonly object[] }[] = [];
  const send = async ({ input }: { input: { TransactItems: readonly object[] } }) => {
    transactions.push(input);
    const codes = cancellations[transactions.length - 1];
    if (codes === undefined) return {};
    const CancellationReasons = codes.map((Code) => ({ Code }));
    throw new TransactionCanceledException({ message: 'Cancelled', $metadata: {}, CancellationReasons });
  };
  return { outcomes: createOutcomeStore({ send } as unknown as DynamoDBClient, TABLES), transactions };
};

const HELD = ['None', 'TransactionConflict'];

describe('saving the outcome of a refresh', () => {
  it('after a conflict repeats the same transaction, without reading or computing anything again', async () => {
    const { outcomes, transactions } = aStore(HELD, HELD, HELD);
    const { deliver, journal, refreshed } = aWorker({ outcomes });

    await deliver();

    expect(journal).toEqual(['standings', 'definitions', 'contacts', 'history', 'finish']);
    expect(refreshed).toMatchObject([{ contacts: 1, segmentChanges: 1 }]);
    expect(transactions).toHaveLength(4);
    expect(new Set(transactions.map((each) => JSON.stringify(each))).size).toBe(1);
  });

  it.each([
    ['alone', ['ConditionalCheckFailed', 'None']],
    ['beside a conflict', ['ConditionalCheckFailed', 'TransactionConflict']],
  ])('computes again if the standing has changed since it was read: %s', async (_case, codes) => {
    const { outcomes, transactions } = aStore(codes);
    const { deliver, journal } = aWorker({ outcomes });

    await deliver();

    const round = ['standings', 'definitions', 'contacts', 'history'];
    expect(journal).toEqual([...round, ...round, 'finish']);
    expect(transactions).toHaveLength(2);
  });

  it('writes only items of the contact, so that contacts which enter a segment together do not wait for each other', async () => {
    const { outcomes, transactions } = aStore();
    const ids = someIds(2);
    const { deliver } = aWorker({ outcomes, standings: ids.map((contactId) => aStanding({ contactId })) });

    await deliver(aRefreshMessage({ contactIds: ids }));

    const keysOf = ({ TransactItems }: (typeof transactions)[number]) =>
      TransactItems.map((item) => JSON.stringify(item)).map((text) => ids.filter((id) => text.includes(id)));
    expect(transactions.map(keysOf).toSorted()).toEqual(ids.map((id) => [[id], [id]]));
  });
});
