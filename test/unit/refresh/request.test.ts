import * as v from 'valibot';
import { parseLossless } from '#shared/json/lossless-json.ts';
import { RefreshBodySchema } from '#shared/refresh/request.ts';
import { someIds } from '#test/support/refresh-world.ts';

const EITHER = 'The body must be {"contactIds": [...]} with 1 to 1000 ids, or {"affected": true}';
const STRINGS = '"contactIds" must be an array of strings';
const AFFECTED = '"affected" must be true';

const messageOf = (body: unknown): string | undefined => {
  const { issues } = v.safeParse(RefreshBodySchema, parseLossless(JSON.stringify(body)));
  return issues?.[0].message;
};

describe('the body of a refresh', () => {
  it.each([
    ['neither', {}, EITHER],
    ['both', { contactIds: ['c_1'], affected: true }, EITHER],
    ['both, one of them null', { contactIds: null, affected: true }, EITHER],
    ['something else', { contacts: ['c_1'] }, EITHER],
    ['null for ids', { contactIds: null }, STRINGS],
    ['one id that is not in a list', { contactIds: 'c_1' }, STRINGS],
    ['a number among ids', { contactIds: ['c_1', 7] }, STRINGS],
    ['a number beyond double precision among ids', { contactIds: [JSON.rawJSON('1.0')] }, STRINGS],
    ['a list among ids', { contactIds: [['c_1']] }, STRINGS],
    ['no ids', { contactIds: [] }, '"contactIds" must have at least one id'],
    ['affected: false', { affected: false }, AFFECTED],
    ['affected: null', { affected: null }, AFFECTED],
    ['affected as text', { affected: 'true' }, AFFECTED],
    ['affected as a number', { affected: 1 }, AFFECTED],
  ])('that has %s is rejected with the cause', (_what, body, message) => {
    expect(messageOf(body)).toBe(message);
  });

  it.each([
    ['one id', { contactIds: ['c_1'] }],
    ['1000 ids', { contactIds: someIds(1_000) }],
    ['affected', { affected: true }],
    ['unknown fields', { affected: true, dryRun: false }],
  ])('may have %s', (_what, body) => {
    expect(messageOf(body)).toBeUndefined();
  });
});
