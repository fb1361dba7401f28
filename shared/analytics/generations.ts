/**
 * The generations of an organisation's rollups. A rebuild builds the next generation alongside the current
 * one; then a single write makes it the current one. docs/adr/0015-rebuild-as-a-job.md explains why each
 * event is counted once in each generation.
 */
export interface Generations {
  /** Incremented by every change: a commit based on an earlier state is refused. */
  readonly epoch: number;
  /** The generation that charts are read from. */
  readonly current: number;
  /** The highest number ever used: no number is used twice. */
  readonly latest: number;
  /** The generation that a rebuild is building, if any. */
  readonly building: Building | undefined;
  /**
   * Stream records created up to this time (seconds since 1970) may be of events that the rebuild of the
   * current generation has counted already: the stream lags the table by up to a day.
   */
  readonly checkUntil: number;
}

/** A generation that is being built. */
export interface Building {
  readonly generation: number;
  /** The id of the job that builds it. */
  readonly jobId: string;
  /** Whether all contacts are read: from then on the rebuild no longer subtracts what the consumer counts. */
  readonly isClosed: boolean;
  /** When it expires and is abandoned, ms since 1970. */
  readonly until: number;
}

/** The state of an organisation before its first rebuild. */
export const NEVER_REBUILT: Generations = {
  epoch: 0,
  current: 0,
  latest: 0,
  building: undefined,
  checkUntil: 0,
};

/**
 * The maximum duration of a rebuild, in ms: its rows are kept for a week, and needed for a day after it has
 * ended.
 */
export const MAX_REBUILD_MS = 5 * 24 * 3_600_000;

/** The allowance for clock differences, in ms; each event of this hour costs one more look-up. */
const CLOCK_MARGIN_MS = 3_600_000;

const changed = (from: Generations, to: Partial<Generations>): Generations => ({
  ...from,
  ...to,
  epoch: from.epoch + 1,
});

/** The generation that is being built, if it has this number. */
export const buildingOf = ({ building }: Generations, generation: number): Building | undefined =>
  building?.generation === generation ? building : undefined;

// Each change returns the next state, or undefined if there is nothing to change: the change has been made
// already, or another rebuild has taken over. Every change is idempotent.

/** A job begins a rebuild, which supersedes one that is running. */
export const begun =
  (jobId: string, now: number) =>
  (from: Generations): Generations | undefined =>
    from.building?.jobId === jobId
      ? undefined
      : changed(from, {
          latest: from.latest + 1,
          building: { generation: from.latest + 1, jobId, isClosed: false, until: now + MAX_REBUILD_MS },
        });

/** All contacts are read: the generation is closed. */
export const closed =
  (generation: number) =>
  (from: Generations): Generations | undefined => {
    const building = buildingOf(from, generation);
    if (building === undefined || building.isClosed) return undefined;
    return changed(from, { building: { ...building, isClosed: true } });
  };

/** The rebuild is complete: its generation becomes the current one. */
export const switched =
  (generation: number, now: number) =>
  (from: Generations): Generations | undefined => {
    const building = buildingOf(from, generation);
    if (!building?.isClosed || now > building.until) return undefined;
    return changed(from, {
      current: generation,
      building: undefined,
      checkUntil: Math.ceil((now + CLOCK_MARGIN_MS) / 1_000),
    });
  };

/** The rebuild is abandoned: the current generation stays. */
export const abandoned =
  (generation: number) =>
  (from: Generations): Generations | undefined =>
    buildingOf(from, generation) && changed(from, { building: undefined });

/** Whether the running rebuild has taken so long that its rows are about to expire. */
export const isOverdue = ({ building }: Generations, now: number): boolean =>
  building !== undefined && now > building.until;
