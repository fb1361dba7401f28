import { goneUpdate, identitiesUpdate, standingDelete } from '#shared/standings/standing-item.ts';

/** The attributes of standings whose names DynamoDB reserves. Source: Developer Guide, "Reserved words in DynamoDB". */
const RESERVED = ['segments'];

const CONTACT = 'c_AAAAAAAAAAAAAAAA';

const UPDATES: [string, { readonly UpdateExpression?: string; readonly ConditionExpression: string }][] = [
  ['that is gone', goneUpdate('o_1', CONTACT, 1, new Map([['seg_1', '2025-01-01T00:00:00.000Z']]), 0)],
  ['with new identities', identitiesUpdate('o_1', CONTACT, [CONTACT], undefined)],
  ['with new identities, which is due', identitiesUpdate('o_1', CONTACT, [CONTACT], 0)],
  ['that is deleted', standingDelete('o_1', CONTACT, 1)],
];

describe('the expressions of writes of standings', () => {
  it.each(UPDATES)('name no attribute by a reserved word: %s', (_case, update) => {
    const expressions = `${update.UpdateExpression ?? ''} ${update.ConditionExpression}`;

    const bare = expressions.match(/(?<![#:\w])\w+/g) ?? [];

    expect(bare.filter((word) => RESERVED.includes(word))).toEqual([]);
  });
});
