/**
 * Which of an organisation's rollups count. A rebuild makes the next generation beside the current one, and then one
 * write makes it the current one. Why each event is in each of them once: docs/adr/0015-rebuild-as-a-job.md.
 */
export interface Generations {
  /** Goes up with every change: a commit by an earlier state is refused. */
  readonly epoch: number;
  /** The one that is read. */
  readonly current: number;
  /** The highest that was ever begun: no number is used twice. */
  readonly latest: number;
  /** The one that a rebuild is making. */
  readonly building: Building | undefined;
  /**
   * Records made until then (seconds since 1970) may be of events that the rebuild of the current generation has
   * counted already: the stream is behind the table, by up to a day.
   */
  readonly checkUntil: number;
}

/** A generation that is being made. */
export interface Building {
  readonly generation: number;
  /** The job that makes it. */
  readonly jobId: string;
  /** Whether all contacts are read: from now on the rebuild takes nothing back of what the consumer counts. */
  readonly isClosed: boolean;
  /** ms since 1970; after that it is given up. */
  readonly until: number;
}

/** The state of an organisation that was never rebuilt. */
export const NEVER_REBUILT: Generations = {
  epoch: 0,
  current: 0,
  latest: 0,
  building: undefined,
  checkUntil: 0,
};

/** What a rebuild leaves is kept for a week, and needed for a day after it. */
export const MAX_REBUILD_MS = 5 * 24 * 3_600_000;

/** Clocks differ; and each event of this last hour costs one more look-up. */
const CLOCK_MARGIN_MS = 3_600_000;

const changed = (from: Generations, to: Partial<Generations>): Generations => ({
  ...from,
  ...to,
  epoch: from.epoch + 1,
});

/** A rebuild that is under way, if it is of that generation. */
export const buildingOf = ({ building }: Generations, generation: number): Building | undefined =>
  building?.generation === generation ? building : undefined;

// Each change gives the next state, or undefined where there is nothing to change: because it is so already, or because another
// rebuild has taken over. Any of them can be repeated.

/** A job begins a rebuild; one that was under way has lost. */
export const begun =
  (jobId: string, now: number) =>
  (from: Generations): Generations | undefined =>
    from.building?.jobId === jobId
      ? undefined
      : changed(from, {
          latest: from.latest + 1,
          building: { generation: from.latest + 1, jobId, isClosed: false, until: now + MAX_REBUILD_MS },
        });

/** All contacts are read. */
export const closed =
  (generation: number) =>
  (from: Generations): Generations | undefined => {
    const building = buildingOf(from, generation);
    if (building === undefined || building.isClosed) return undefined;
    return changed(from, { building: { ...building, isClosed: true } });
  };

/** The rebuild has ended: what it made is current. */
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

/** The rebuild is given up, and what is current stays so. */
export const abandoned =
  (generation: number) =>
  (from: Generations): Generations | undefined =>
    buildingOf(from, generation) && changed(from, { building: undefined });

/** Whether the rebuild that is under way has taken so long that what it left is about to expire. */
export const isOverdue = ({ building }: Generations, now: number): boolean =>
  building !== undefined && now > building.until;
