import type { CountedStore } from '#shared/analytics/counted-store.ts';
import type { Generations } from '#shared/analytics/generations.ts';
import type { Placed } from '#shared/analytics/packing.ts';
import { type CountedByRebuild, checkedGenerations, placementOf } from '#shared/analytics/placement.ts';
import type { NewEvent } from '#shared/analytics/stream-record.ts';
import type { RetryBudget } from '#shared/aws/retry.ts';

/**
 * What rebuilds have counted of contacts, by generation; undefined for a contact that the rebuild had not read. It is valid
 * until the generations change, even if a rebuild reads the contact meanwhile: the consumer then leaves a note of what it
 * counts, or the contact will never be read (docs/adr/0015-rebuild-as-a-job.md, cases 2 and 4).
 */
export interface LookUps {
  epoch: number;
  readonly known: Map<number, Map<string, CountedByRebuild | undefined>>;
}

/** Nothing is looked up yet. */
export const newLookUps = (): LookUps => ({ epoch: 0, known: new Map() });

/** Looks up what rebuilds have counted of the contacts of events, unless it is known. */
export const lookUp = async (
  counted: Pick<CountedStore, 'counted'>,
  orgId: string,
  generations: Generations,
  lookUps: LookUps,
  events: readonly NewEvent[],
  budget: RetryBudget,
): Promise<void> => {
  if (lookUps.epoch !== generations.epoch) lookUps.known.clear();
  lookUps.epoch = generations.epoch;
  const unknown = new Map<number, Set<string>>();
  for (const event of events) {
    for (const generation of checkedGenerations(generations, event)) {
      if (lookUps.known.get(generation)?.has(event.contactId)) continue;
      unknown.set(generation, (unknown.get(generation) ?? new Set()).add(event.contactId));
    }
  }
  for (const [generation, contactIds] of unknown) {
    const found = await counted.counted(orgId, generation, contactIds, budget);
    const known = lookUps.known.get(generation) ?? new Map();
    for (const contactId of contactIds) known.set(contactId, found.get(contactId));
    lookUps.known.set(generation, known);
  }
};

/** Decides in which generations each event is counted, given what rebuilds have counted. */
export const place = (generations: Generations, { known }: LookUps, events: readonly NewEvent[]): Placed[] =>
  events.map((event) => ({
    event,
    ...placementOf(generations, event, (generation) => known.get(generation)?.get(event.contactId)),
  }));
