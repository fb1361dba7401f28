import { identityIdOf } from '#shared/identities/contact-id.ts';
import type { Identity } from '#shared/identities/identity.ts';
import { createMerge } from '#shared/linking/merge.ts';
import { OutOfTimeError } from '#shared/time/out-of-time.ts';
import { aBudget, NOW, ORG } from '#test/support/builders.ts';
import { newLinkTables } from '#test/support/link-tables.ts';
import { aState, browsers } from '#test/support/linking.ts';

const users = (count: number): Identity[] =>
  Array.from({ length: count }, (_, nth) => ({ namespace: 'userId', value: `u-${nth}` }));

const [FIRST, SECOND, THIRD] = users(3).map((identity) => identityIdOf(ORG, identity)) as [
  string,
  string,
  string,
];

const aStage = (onCall?: Parameters<typeof newLinkTables>[0]) => {
  const tables = newLinkTables(onCall);
  const merge = createMerge(tables.store);
  return {
    ...tables,
    merge: (from: string, into: string) => merge(ORG, from, into, { now: NOW, budget: aBudget() }),
  };
};

describe('a merge', () => {
  it('moves the identities, deletes the contact that goes, and makes the other due', async () => {
    const { add, merge, contacts, identities, standings } = aStage();
    add(...users(2).map((identity) => aState([identity])));

    const outcome = await merge(FIRST, SECOND);

    expect(outcome).toEqual({ kind: 'one', contactId: SECOND, merged: true });
    expect(contacts().map(({ contactId }) => contactId)).toEqual([SECOND]);
    expect([...identities().values()]).toEqual([
      { contactId: SECOND, isOnly: false },
      { contactId: SECOND, isOnly: false },
    ]);
    expect([...standings().keys()]).toEqual([SECOND]);
    expect(standings().get(SECOND)).toMatchObject({ dueAt: { N: String(NOW) }, version: { N: '1' } });
  });

  it('in a circle ends with one contact, and its last step does nothing', async () => {
    const { add, merge, contacts, transactions } = aStage();
    add(...users(3).map((identity) => aState([identity])));

    await merge(FIRST, SECOND);
    await merge(SECOND, THIRD);
    const last = await merge(THIRD, FIRST);

    expect(last).toEqual({ kind: 'one', contactId: THIRD, merged: false });
    expect(contacts()).toHaveLength(1);
    expect(transactions).toHaveLength(2);
  });

  it('of a contact into itself does nothing', async () => {
    const { add, merge, transactions } = aStage();
    add(aState(users(2)));

    expect(await merge(FIRST, FIRST)).toEqual({ kind: 'one', contactId: FIRST, merged: false });
    expect(await merge(SECOND, FIRST)).toEqual({ kind: 'one', contactId: FIRST, merged: false });
    expect(transactions).toEqual([]);
  });

  it.each([
    [FIRST, SECOND, 'into'],
    [SECOND, FIRST, 'from'],
    [SECOND, THIRD, 'from'],
  ])('of contacts of which one is not there says which: %s into %s', async (from, into, which) => {
    const { add, merge } = aStage();
    add(aState(users(1)));

    expect(await merge(from, into)).toEqual({ kind: 'not-found', which });
  });

  it.each([
    [
      'too_many_identities',
      [aState([...users(1), ...browsers(50)]), aState([...users(2).slice(1), ...browsers(49, 'other')])],
    ],
    [
      'contact_too_large',
      users(2).map((identity, nth) =>
        aState([identity], { attributes: { [`a${nth}`]: `"${'x'.repeat(160 * 1024)}"` } }),
      ),
    ],
  ])('that is impossible says %s, and changes nothing', async (reason, states) => {
    const { add, merge, transactions } = aStage();
    add(...states);

    expect(await merge(FIRST, SECOND)).toEqual({ kind: 'impossible', reason });
    expect(transactions).toEqual([]);
  });

  it('crosswise at once leaves one contact, and both know it', async () => {
    const { add, merge, contacts } = aStage(() => new Promise((resolve) => setImmediate(resolve)));
    add(...users(2).map((identity) => aState([identity])));

    const both = await Promise.all([merge(FIRST, SECOND), merge(SECOND, FIRST)]);

    const [{ contactId } = { contactId: '' }, ...others] = contacts();
    expect(others).toEqual([]);
    expect(both.map((outcome) => outcome.kind === 'one' && outcome.contactId)).toEqual([
      contactId,
      contactId,
    ]);
    expect(both.map((outcome) => outcome.kind === 'one' && outcome.merged).toSorted()).toEqual([false, true]);
  });

  it('is repeated if a refresh writes the standing of the contact that goes in between', async () => {
    let isFirst = true;
    const { add, merge, rows, standings, transactions } = aStage((operation, when) => {
      if (operation !== 'TransactWriteItems' || when !== 'before' || !isFirst) return;
      isFirst = false;
      const key = `${ORG}#${FIRST}|undefined`;
      rows('standings').set(key, {
        ...rows('standings').get(key),
        version: { N: '1' },
        segments: { M: { seg_1: { S: '2026-01-01' } } },
      });
      rows('members').set('row', { pk: { S: 'row' } });
    });
    add(...users(2).map((identity) => aState([identity])));

    const outcome = await merge(FIRST, SECOND);

    expect(outcome).toMatchObject({ merged: true });
    expect([...standings().keys()]).toEqual([SECOND]);
    const deleted = transactions.at(-1)?.filter((action) => action.Delete?.TableName === 'members');
    expect(deleted).toHaveLength(1);
  });

  it('throws if others are always faster', async () => {
    const { add, merge, rows } = aStage((operation, when) => {
      if (operation !== 'TransactWriteItems' || when !== 'before') return;
      const key = `${ORG}#${SECOND}|undefined`;
      const version = { N: String(Number(rows('contacts').get(key)?.['version']?.N) + 1) };
      rows('contacts').set(key, { ...rows('contacts').get(key), version });
    });
    add(...users(2).map((identity) => aState([identity])));

    await expect(merge(FIRST, SECOND)).rejects.toThrow(OutOfTimeError);
  });
});

describe('two contacts that were read with the same identity, since a merge came between the reads', () => {
  it('become one with a third without an action twice', async () => {
    const { add, store, contacts } = newLinkTables();
    const [a, b, c] = users(3).map((identity) => aState([identity]));
    if (a === undefined || b === undefined || c === undefined) throw new Error('Three are needed');
    add(a, b, c);
    const stale = { ...b, identities: new Map([...b.identities, ...a.identities]) };
    const after = { ...c, identities: new Map([...c.identities, ...stale.identities]) };
    const unit = [{ before: c, after, absorbed: [a, stale] }];

    const results = await store.commit(ORG, [unit], 1, NOW, { budget: aBudget() });

    expect(results).toEqual(['written']);
    expect(contacts()).toHaveLength(1);
  });
});
