import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stageSettings } from '#infra/stage-settings.ts';
import { NAME_BUCKETS } from '#shared/analytics/name-rows.ts';
import { SAMPLE_SHARDS } from '#shared/analytics/name-sample-item.ts';
import { REBUILD_SHARDS } from '#shared/analytics/rebuild-item.ts';
import { BUCKETS } from '#shared/analytics/rollup.ts';
import { dueShards, ORG_SHARDS, rankShards } from '#shared/identities/shards.ts';

/** Of one value of a partition key, a second. Source: DynamoDB Developer Guide, "Best practices for designing and using partition keys effectively". */
const MOST = { writes: 1_000, reads: 3_000 };

const doc = (name: string): string =>
  readFileSync(join(import.meta.dirname, '..', '..', 'docs', name), 'utf8');

/** The text of a section of a document, up to the next heading of its level. */
const sectionOf = (text: string, heading: string): string =>
  text.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';

/** The cells of the lines of a table. */
const rowsOf = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| ---'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map((cells) => cells.slice(1, -1));

const patternOf = (cell: string): string => /`([^`]+)`/.exec(cell)?.[1] ?? '';

/** The patterns of partition keys that the data model has, each after its table's name. */
const modelled = (): string[] =>
  [...doc('data-model.md').matchAll(/^## (\w+) —[^\n]*\n(.*?)(?=^## |$(?![\s\S]))/gms)].flatMap(
    ([, table, text = '']) => {
      const lines = rowsOf(text);
      const columns = lines.flatMap(([header], at) => {
        if (header !== 'pk') return [];
        const rest = lines.slice(at + 1).map(([pk = '']) => pk);
        const end = rest.findIndex((pk) => !/^(`.*`)?$/.test(pk));
        return end === -1 ? rest : rest.slice(0, end);
      });
      const inWords = [
        ...[...text.matchAll(/`(?:pk|rankShard|dueShard)` (?:=|is) `([^`]+)`/g)].map(([, pk = '']) => pk),
        ...[...text.matchAll(/^\| `pk` \| `([^`]+)` \|$/gm)].map(([, pk = '']) => pk),
        ...[...text.matchAll(/index `byOrg` \(`(\w+)`/g)].map(([, pk = '']) => pk),
      ];
      const found = [...columns.map(patternOf), ...inWords].filter((pk) => pk !== '' && pk !== 'pk');
      return [...new Set(found)].map((pk) => `${table} ${pk}`);
    },
  );

const numberOf = (text: string): number => Number(text.replaceAll(',', ''));

/** The value of sums of products and quotients: `2 × 10,000 / 32 + 5`. */
const resultOf = (formula: string): number =>
  formula.split(' + ').reduce((sum, term) => {
    const [first = '', ...rest] = term.split(' ');
    let value = numberOf(first);
    for (let at = 0; at < rest.length; at += 2) {
      const operand = numberOf(rest[at + 1] as string);
      value = rest[at] === '×' ? value * operand : value / operand;
    }
    return sum + value;
  }, 0);

const text = sectionOf(doc('capacity.md'), 'Every key pattern and its worst rate');
const lines = rowsOf(text);
const rates = lines
  .slice(lines.findIndex(([first]) => first === 'table') + 1)
  .map(
    ([table = '', key = '', , writes = '', reads = '']) =>
      [`${table} ${patternOf(key)}`, writes, reads] as const,
  );

describe('the table of worst rates', () => {
  it('has every key pattern of the data model, and no other', () => {
    expect(rates.map(([key]) => key).sort()).toEqual(modelled().sort());
    expect(rates.length).toBeGreaterThan(20);
  });

  it.each(rates)('is right and below the limits of a partition for %s', (_key, writes, reads) => {
    for (const [cell, most] of [
      [writes, MOST.writes],
      [reads, MOST.reads],
    ] as const) {
      const [, formula = '', result = ''] = /^(.*?)(?: = ([\d,]+))$/.exec(cell) ?? [];

      expect(Math.round(resultOf(formula))).toBe(numberOf(result));
      expect(numberOf(result)).toBeLessThan(most);
    }
  });

  it.each(rates.filter(([key]) => key.includes('{0…') && !key.includes('{part}')))(
    'divides the writes of %s by the number of its shards',
    (key, writes) => {
      const shards = Number(/\{0…(\d+)\}/.exec(key)?.[1]) + 1;

      expect(writes).toContain(` / ${shards}`);
    },
  );

  it('has the numbers of shards of the code', () => {
    const shardsOf = Object.fromEntries(
      rates.map(([key]) => [key, Number(/\{0…(\d+)\}/.exec(key)?.[1] ?? 0) + 1]),
    );

    expect(shardsOf).toMatchObject({
      'Standings {orgId}#{0…31}': rankShards('o_1').length,
      'Standings due#{0…31}': dueShards().length,
      'Identities {orgId}#{0…31}': ORG_SHARDS,
      'Members {orgId}#{segmentId}#{0…31}': ORG_SHARDS,
      'Rollups {orgId}#{generation}#{kind}#day#{shard}#{0…7}': BUCKETS.day,
      'Rollups {orgId}#{generation}#{kind}#hour#{shard}#{0…15}': BUCKETS.hour,
      'Rollups {orgId}#{generation}#{kind}#day#name#{shard}#{0…15}': NAME_BUCKETS.day,
      'Rollups {orgId}#{generation}#{kind}#hour#name#{shard}#{0…31}': NAME_BUCKETS.hour,
      'Rollups names#{orgId}#{kind}#{yyyy-mm}#{0…31}': SAMPLE_SHARDS,
      'Rollups rebuild#{orgId}#{generation}#{0…63}': REBUILD_SHARDS,
    });
  });

  it('assumes the throttle and the workers of production', () => {
    const { throttle, refreshWorkers } = stageSettings('production');
    const { live, due, bulk } = refreshWorkers;

    expect(text).toContain(
      `| requests | ${throttle.ratePerSecond}, and ${throttle.burst} in a burst | its throttle |`,
    );
    expect(text).toContain(`${live + due + bulk} workers with 110 each`);
    expect(text).toContain(`${bulk} workers look for a cancellation`);
  });
});
