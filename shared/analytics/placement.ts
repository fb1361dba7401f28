import type { Generations } from './generations.ts';
import type { NewEvent } from './stream-record.ts';

/**
 * Returns whether a rebuild has counted the event with a sort key, for one contact that the rebuild has read.
 */
export type CountedByRebuild = (sk: string) => boolean;

/**
 * The generations whose rebuilds may have counted the event already, so that the events they counted must be
 * looked up.
 */
export const checkedGenerations = (
  { current, building, checkUntil }: Generations,
  { second }: Pick<NewEvent, 'second'>,
): number[] => [
  ...(current > 0 && second <= checkUntil ? [current] : []),
  ...(building === undefined ? [] : [building.generation]),
];

/** The generations in which an event is counted. */
export interface Placement {
  /** The generations in which the consumer counts it: those whose rebuilds have not counted it. */
  readonly countIn: readonly number[];
  /**
   * The generation for whose rebuild the consumer must note that it has counted the event: the rebuild has
   * not read the contact yet, and may find the event there.
   */
  readonly noteIn: number | undefined;
}

/**
 * Decides where an event is counted: in the current generation and the one being built, except those whose
 * rebuilds have counted it.
 *
 * @param countedBy - the events of the contact that a rebuild has counted, for each of
 * {@link checkedGenerations}; undefined if the rebuild has not read the contact
 */
export const placementOf = (
  generations: Generations,
  event: Pick<NewEvent, 'sk' | 'second'>,
  countedBy: (generation: number) => CountedByRebuild | undefined,
): Placement => {
  const { current, building } = generations;
  const checked = new Set(checkedGenerations(generations, event));
  const isCounted = (generation: number): boolean =>
    checked.has(generation) && countedBy(generation)?.(event.sk) === true;
  const counting = building === undefined ? [current] : [current, building.generation];
  // After all contacts are read, a contact that was not read never will be.
  const isNoted =
    building !== undefined && !building.isClosed && countedBy(building.generation) === undefined;
  return {
    countIn: counting.filter((generation) => !isCounted(generation)),
    noteIn: isNoted ? building.generation : undefined,
  };
};
