import type { StoredEvent } from '../events/event-item.ts';
import { addHour, cellBytes, type HourCounts, hourCellOf } from './hour-counts.ts';
import { type CountedPart, eventHash, HASH_BYTES } from './rebuild-item.ts';

/** The most that a part takes of an item, well below DynamoDB's 400 KB; some 20,000 events that share no hour. */
export const PART_BYTES = 256 * 1024;

/** Gathers events of one contact, as they come, into parts that fit an item. */
export interface PartBuilder {
  /** @returns the part before, where there is no room in it for the event */
  add(event: Pick<StoredEvent, 'sk' | 'kind' | 'type' | 'occurredAt'>): CountedPart | undefined;
  /** What was added since the last full part. */
  rest(): CountedPart;
}

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
