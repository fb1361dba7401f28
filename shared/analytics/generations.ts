import type { NewEvent } from './stream-record.ts';

/**
 * Which of an organisation's rollups count. A rebuild makes the next generation beside the current one, and then one
 * write makes it the current one.
 */
export interface Generations {
  /** Goes up with every change: who counts by an earlier state is refused. */
  readonly epoch: number;
  /** The one that is read. */
  readonly current: number;
  /** The highest that was ever begun: no number is used twice. */
  readonly latest: number;
  /** The one that a rebuild is making. */
  readonly building: number | undefined;
  /** Whether the rebuild is about to end: from now on nothing is left to it. */
  readonly closing: boolean;
  /**
   * Records made until then (seconds since 1970) may be of events that the rebuild of the current generation has
   * counted already: the stream is behind the table, by up to a day.
   */
  readonly checkUntil: number;
}

/** How an organisation is that was never rebuilt. */
export const NEVER_REBUILT: Generations = {
  epoch: 0,
  current: 0,
  latest: 0,
  building: undefined,
  closing: false,
  checkUntil: 0,
};

/** What a rebuild has done of a contact. */
export type ContactReading =
  | { readonly kind: 'none' }
  | { readonly kind: 'reading' }
  /** It has counted these events, and no other. */
  | { readonly kind: 'done'; readonly counted: (sk: string) => boolean };

/** The generations whose rebuilds may have counted the event already: what they did of its contact must be known. */
export const checkedGenerations = (
  { current, building, checkUntil }: Generations,
  { second }: Pick<NewEvent, 'second'>,
): number[] => [
  ...(current > 0 && second <= checkUntil ? [current] : []),
  ...(building === undefined ? [] : [building]),
];

/** Where an event is counted now. */
export interface Verdict {
  /** Its generations; undefined where that cannot be said before the rebuild has read the contact. */
  readonly countIn: readonly number[] | undefined;
  /** Whether the rebuild must be told of the contact, before anything else. */
  readonly wanted: boolean;
}

/**
 * Where an event counts.
 *
 * - In the current generation, unless the rebuild that made it has counted the event.
 * - In the one being built: not where the rebuild has yet to read the contact, since the event is in the table by now; not
 *   where it has read it with the event; and where it has read it without, yes.
 *
 * @param readingOf - what a rebuild did of the event's contact, for each of {@link checkedGenerations}
 */
export const verdictOf = (
  generations: Generations,
  event: Pick<NewEvent, 'sk' | 'second'>,
  readingOf: (generation: number) => ContactReading,
): Verdict => {
  const { current, building, closing } = generations;
  const countIn: number[] = [];
  const ofCurrent = checkedGenerations(generations, event).includes(current)
    ? readingOf(current)
    : { kind: 'none' as const };
  if (!(ofCurrent.kind === 'done' && ofCurrent.counted(event.sk))) countIn.push(current);
  if (building === undefined) return { countIn, wanted: false };

  const reading = readingOf(building);
  if (reading.kind === 'reading') return { countIn: undefined, wanted: false };
  if (reading.kind === 'none') return { countIn: closing ? undefined : countIn, wanted: true };
  if (!reading.counted(event.sk)) countIn.push(building);
  return { countIn, wanted: false };
};

const changed = (from: Generations, to: Partial<Generations>): Generations => ({
  ...from,
  ...to,
  epoch: from.epoch + 1,
});

/** A rebuild begins; one that was under way has lost. */
export const begun = (from: Generations): Generations =>
  changed(from, { building: from.latest + 1, latest: from.latest + 1, closing: false });

/** The rebuild is about to end. */
export const closed = (from: Generations): Generations => changed(from, { closing: true });

/**
 * The rebuild has ended: what it made is current.
 * @param checkUntil - no later than that, in seconds since 1970, is a record of an event that it may have counted
 */
export const switched = (from: Generations, checkUntil: number): Generations =>
  changed(from, {
    current: from.building ?? from.current,
    building: undefined,
    closing: false,
    checkUntil,
  });

/** Nobody waits for the rebuild any more. */
export const abandoned = (from: Generations): Generations =>
  changed(from, { building: undefined, closing: false });
