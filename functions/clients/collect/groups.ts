/** A group of items; it is not empty. */
export type Group<T> = readonly [T, ...T[]];

/**
 * Groups items in their order, as many in each group as have together at most a size; an item that is larger is a group alone.
 * @param sizeOf - the size of an item
 */
export const inGroups = <T>(items: readonly T[], sizeOf: (item: T) => number, most: number): Group<T>[] => {
  const groups: [T, ...T[]][] = [];
  let size = 0;
  for (const item of items) {
    const group = groups.at(-1);
    size += sizeOf(item);
    if (group !== undefined && size <= most) {
      group.push(item);
      continue;
    }
    groups.push([item]);
    size = sizeOf(item);
  }
  return groups;
};
