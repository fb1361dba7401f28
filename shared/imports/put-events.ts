import { type Item, itemBytes, MAX_ITEM_BYTES } from '../aws/dynamodb.ts';
import type { EventWriter } from '../events/event-store.ts';

/** The reason for refusing an event whose item DynamoDB would refuse. */
export const EVENT_TOO_LARGE = 'Event is too large to store';

/**
 * Whether an event's item is too large. Counting bytes takes time and only the metadata can be long; each of its UTF-16 code
 * units has at most three bytes.
 */
export const isTooLarge = (item: Item): boolean =>
  (item['m']?.S?.length ?? 0) > MAX_ITEM_BYTES / 4 && itemBytes(item) > MAX_ITEM_BYTES;

const keyOf = ({ pk, sk }: Item): string => `${pk?.S}${sk?.S}`;

/**
 * Stores the events of entries. Duplicates have the same key; the last one is stored, as it may correct the others, and a
 * batch call refuses duplicate keys.
 *
 * @param items - the item of each entry; undefined for an entry without an event
 * @returns for each entry whether it was stored in time; true for one without an event
 */
export const putEvents = async (
  events: EventWriter,
  items: readonly (Item | undefined)[],
  options: Parameters<EventWriter['put']>[1],
): Promise<readonly boolean[]> => {
  const byKey = new Map<string, Item>();
  for (const item of items) if (item !== undefined) byKey.set(keyOf(item), item);
  const unstored = byKey.size === 0 ? [] : await events.put([...byKey.values()], options);
  const left = new Set(unstored.map(keyOf));
  return items.map((item) => item === undefined || !left.has(keyOf(item)));
};
