import { InvalidArgumentError } from 'commander';
import { momentOf, restoredName, tablesOf } from '../../../cli/restore-request.ts';

describe('the tables to restore', () => {
  it.each([
    ['Events', ['Events']],
    ['Events, Keys,Events', ['Events', 'Keys']],
    [
      'Contacts,Companies,Identities,Standings,Members',
      ['Contacts', 'Companies', 'Identities', 'Standings', 'Members'],
    ],
  ])('%s', (text, tables) => {
    expect(tablesOf(text)).toEqual(tables);
  });

  it.each([
    ['events', 'There is no table "events", but: Events, Identities'],
    ['Contacts', 'add Companies,Identities,Standings,Members'],
    ['Standings,Members,Events', 'add Contacts,Companies,Identities'],
    ['Rollups', 'npm run analytics:rebuild'],
    ['Jobs', 'start the jobs again'],
  ])('are refused with what to do instead: %s', (text, message) => {
    const parse = () => tablesOf(text);

    expect(parse).toThrow(InvalidArgumentError);
    expect(parse).toThrow(message);
  });
});

describe('the moment', () => {
  it('is a time in UTC', () => {
    expect(momentOf('2026-03-01T10:00:00Z')).toEqual(new Date('2026-03-01T10:00:00Z'));
  });

  it.each([
    'yesterday',
    '2026-03-01',
    '2026-03-01T10:00:00',
    '2026-03-01T10:00:00+01:00',
    '2026-13-01T10:00:00Z',
  ])('is not %s', (text) => {
    expect(() => momentOf(text)).toThrow('is not a time in UTC, such as 2026-03-01T10:00:00Z');
  });
});

it('names a restored table by stage, table and moment, so that a repeated command finds it', () => {
  const name = restoredName('production', 'Events', new Date('2026-03-01T10:00:00Z'));

  expect(name).toBe('PigeonPerchBackfill-production-Events-20260301T100000Z');
});
