import type { StoredEvent } from '../events/event-item.ts';
import { addHour, cellBytes, type HourCounts, hourCellOf } from './hour-counts.ts';
import { type CountedPart, eventHash, HASH_BYTES } from './rebuild-item.ts';

/**
 * The maximum size of a part in bytes, well below the 400 KB of a DynamoDB item; some 20,000 events in
 * different hours.
 */
export const PART_BYTES = 256 * 1024;

/** Collects the events of one contact, in any order, into parts that fit an item. */
export interface PartBuilder {
  /**
   * Adds an event.
   * @returns the previous part, if the event does not fit it
   */
  add(event: Pick<StoredEvent, 'sk' | 'kind' | 'type' | 'occurredAt'>): CountedPart | undefined;
  /** The events added since the last full part. */
  rest(): CountedPart;
}

/** Creates a {@link PartBuilder}. */
export const createPartBuilder = (maxBytes = PART_BYTES): PartBuilder => {
  let hashes: string[] = [];
  let hours: HourCounts = new Map();
  let bytes = 0;
  const part = (): CountedPart => ({ hashes: Buffer.from(hashes.join(''), 'hex'), hours });

  return {
    add(event) {
      const cell = hourCellOf(event);
      const isFull = hashes.length > 0 && bytes + HASH_BYTES + cellBytes(hours, cell) > maxBytes;
      const full = isFull ? part() : undefined;
      if (isFull) {
        hashes = [];
        hours = new Map();
        bytes = 0;
      }
      bytes += HASH_BYTES + cellBytes(hours, cell);
      hashes.push(eventHash(event.sk));
      addHour(hours, cell);
      return full;
    },
    rest: part,
  };
};
