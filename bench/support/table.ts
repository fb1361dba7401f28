import type { Figure, Spread } from './figures.ts';

const round = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);

const shown = (spread: Spread | undefined): string => {
  if (spread === undefined) return '';
  const { median, min, max, of } = spread;
  return of === 1 ? round(median) : `${round(median)} (${round(min)}–${round(max)}, ${of})`;
};

const verdict = ({ value, ratio, goal }: Figure): string => {
  if (goal === undefined) return '';
  const { median } = ratio ?? value;
  const said = (isMet: boolean, bound: string): string => `${isMet ? 'met' : 'MISSED'} ${bound}`;
  return typeof goal === 'number'
    ? said(median <= goal, `≤ ${goal}`)
    : said(median >= goal.atLeast, `≥ ${goal.atLeast}`);
};

/** The figures as a text table, one line per figure. */
export const tableOf = (figures: readonly Figure[]): string => {
  const head = ['path', 'figure', 'median (min–max, readings)', 'floor', 'ratio', 'goal', 'the floor is'];
  const rows = figures.map((figure) => [
    figure.path,
    figure.what,
    shown(figure.value),
    shown(figure.floor),
    shown(figure.ratio),
    verdict(figure),
    figure.floorIs ?? '',
  ]);
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};
