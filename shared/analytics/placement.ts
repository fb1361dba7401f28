import type { Generations } from './generations.ts';
import type { NewEvent } from './stream-record.ts';

/** What a rebuild has counted of a contact that it has read: these events, by their sort keys, and no other. */
export type CountedByRebuild = (sk: string) => boolean;

/** The generations whose rebuilds may have counted the event already: what they counted of its contact must be known. */
export const checkedGenerations = (
  { current, building, checkUntil }: Generations,
  { second }: Pick<NewEvent, 'second'>,
): number[] => [
  ...(current > 0 && second <= checkUntil ? [current] : []),
  ...(building === undefined ? [] : [building.generation]),
];

/** Where an event is counted. */
export interface Placement {
  /** The generations in which the consumer counts it; none where rebuilds have. */
  readonly countIn: readonly number[];
  /**
   * The generation whose rebuild must be told that the consumer has counted the event: it has yet to read the contact, and may
   * find the event there.
   */
  readonly noteIn: number | undefined;
}

/**
 * Where an event is counted: in the current generation and the one being built, but for those whose rebuilds have counted it.
 *
 * @param countedBy - what a rebuild has counted of the event's contact, for each of {@link checkedGenerations}; undefined where it has
 * not read the contact, or found nothing there
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
  // Once all contacts are read, one that was not is never read.
  const isNoted =
    building !== undefined && !building.isClosed && countedBy(building.generation) === undefined;
  return {
    countIn: counting.filter((generation) => !isCounted(generation)),
    noteIn: isNoted ? building.generation : undefined,
  };
};
