import type { RetryBudget } from '../aws/retry.ts';
import type { Kind } from '../events/kinds.ts';
import { isNamedKind } from './name-rows.ts';
import type { NameRowsStore } from './name-rows-store.ts';
import { candidatesOf, mostFrequent } from './name-sample.ts';
import type { NameSampler } from './name-sample-store.ts';
import type { RollupStore } from './rollup-store.ts';
import {
  monthsOf,
  type Reading,
  type ReadRows,
  type RollupRow,
  readingsOf,
  type Series,
  type Span,
  seriesOf,
  totalsOf,
} from './series.ts';

/** The dependencies of {@link createChartReader}. */
export interface ChartDeps {
  readonly rollups: Pick<RollupStore, 'generations' | 'rows'>;
  readonly nameRows: NameRowsStore;
  readonly samples: Pick<NameSampler, 'read'>;
}

/** A chart to read. */
export interface ChartRequest {
  readonly orgId: string;
  readonly kind: Kind;
  readonly span: Span;
  /** The only name to plot, for a kind with names. @default - the most frequent ones */
  readonly name?: string | undefined;
}

/** The maximum number of names in a chart. Source: product specification, "Named events". */
export const MAX_PLOTTED_NAMES = 20;

/** The number of names whose exact counts are read in order to find the most frequent ones. */
export const CANDIDATES = 100;

const read = async (
  readings: readonly Reading[],
  rowsOf: (reading: Reading) => Promise<RollupRow[]>,
): Promise<ReadRows[]> =>
  Promise.all(readings.map(async (reading) => ({ reading, rows: await rowsOf(reading) })));

/**
 * Reads charts. What a chart of a kind with names costs depends on its span, not on the number of names: it reads the
 * counts of all names together, the samples of the months that have any, and the counts of the candidates.
 */
export const createChartReader = ({ rollups, nameRows, samples }: ChartDeps) => {
  type Of = ChartRequest & { readonly generation: number };

  const ofNames = (
    { orgId, generation, kind }: Of,
    names: readonly string[],
    readings: readonly Reading[],
    budget: RetryBudget,
  ): Promise<ReadRows[]> =>
    read(readings, (reading) => nameRows.rows({ orgId, generation, kind, names }, reading, budget));

  const ofAll = (
    { orgId, generation, kind }: Of,
    readings: readonly Reading[],
    budget: RetryBudget,
  ): Promise<ReadRows[]> =>
    read(readings, (reading) => rollups.rows(orgId, generation, kind, reading, budget));

  const topNames = async (of: Of, budget: RetryBudget): Promise<Series> => {
    const { orgId, kind, span } = of;
    const readings = readingsOf(span);
    const all = await ofAll(of, readings, budget);
    const months = monthsOf(all);
    const candidates = candidatesOf(await samples.read(orgId, kind, months, budget), CANDIDATES);
    // Days suffice to compare the candidates; hours are read only of the names that are plotted.
    const days = await ofNames(of, candidates, readingsOf({ ...span, interval: 'day' }), budget);
    const names = mostFrequent(totalsOf(days), MAX_PLOTTED_NAMES);
    const rows =
      span.interval === 'hour'
        ? await ofNames(of, names, readings, budget)
        : days.map(({ reading, rows: found }) => ({
            reading,
            rows: found.filter(({ type }) => names.includes(type)),
          }));
    return seriesOf(span, rows, all);
  };

  const readOnce = async (of: Of, budget: RetryBudget): Promise<Series> => {
    const { kind, span, name } = of;
    if (!isNamedKind(kind)) return seriesOf(span, await ofAll(of, readingsOf(span), budget));
    return name === undefined
      ? topNames(of, budget)
      : seriesOf(span, await ofNames(of, [name], readingsOf(span), budget));
  };

  return async (request: ChartRequest, budget: RetryBudget): Promise<Series> => {
    for (;;) {
      const { current: generation } = await rollups.generations(request.orgId, budget);
      const series = await readOnce({ ...request, generation }, budget);
      // If a rebuild has ended in between, some of the rollups may have been removed before they were read.
      // Another rebuild does not end soon.
      if ((await rollups.generations(request.orgId, budget)).current === generation) return series;
    }
  };
};
