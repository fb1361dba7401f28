import fc from 'fast-check';

/** A part of a JSON value: its container, and its key in it. */
interface Slot {
  readonly container: Record<string, unknown> | unknown[];
  readonly key: string | number;
}

const isContainer = (value: unknown): value is Slot['container'] =>
  typeof value === 'object' && value !== null && !JSON.isRawJSON(value);

const slotsOf = (container: Slot['container']): Slot[] =>
  Object.keys(container).flatMap((name) => {
    const key = Array.isArray(container) ? Number(name) : name;
    const value = (container as Record<string, unknown>)[name];
    return [{ container, key }, ...(isContainer(value) ? slotsOf(value) : [])];
  });

/** `__proto__` becomes a key like any other. */
const assign = (container: Slot['container'], key: string | number, value: unknown): void => {
  Object.defineProperty(container, key, { value, configurable: true, enumerable: true, writable: true });
};

const remove = ({ container, key }: Slot): void => {
  if (Array.isArray(container)) container.splice(key as number, 1);
  else delete container[key];
};

interface Change {
  readonly kind: 'replace' | 'remove' | 'add' | 'rename';
  readonly at: number;
  readonly key: string;
  readonly value: unknown;
}

const change = (root: { value: unknown }, { kind, at, key, value }: Change): void => {
  const slots = slotsOf(root);
  const slot = slots[at % slots.length] as Slot;
  const part = (slot.container as Record<string | number, unknown>)[slot.key];
  // The root itself can only be replaced.
  if (kind === 'add' && isContainer(part)) assign(part, Array.isArray(part) ? part.length : key, value);
  else if (kind === 'replace' || slot.container === root) assign(slot.container, slot.key, value);
  else {
    remove(slot);
    if (kind === 'rename' && !Array.isArray(slot.container)) assign(slot.container, key, part);
  }
};

/**
 * JSON texts of valid values, and of values that differ from them in one or two places.
 *
 * @param keys - keys that are given to parts, besides some that mean nothing
 * @param values - values that replace parts, besides some of every type
 */
export const nearby = (
  valid: fc.Arbitrary<unknown>,
  keys: readonly string[],
  values: readonly unknown[],
): fc.Arbitrary<string> => {
  const changes = fc.record({
    kind: fc.constantFrom<Change['kind'][]>('replace', 'replace', 'remove', 'add', 'rename'),
    at: fc.nat(1_000),
    key: fc.constantFrom(...keys, 'extra', '__proto__', 'constructor', ''),
    value: fc.oneof(
      fc.constantFrom(...values),
      fc.constantFrom(null, true, false, 0, -1, 1, 0.5, 1_001, '', ' ', 'x', [], {}, [[]], [{}]),
      // Numbers as texts that a plain parse would change, within the range of a double.
      fc.constantFrom('1.0', '1e2', '-0', '1.00000000000000000001').map((text) => JSON.rawJSON(text)),
    ),
  });
  return fc.tuple(valid, fc.array(changes, { maxLength: 2 })).map(([value, list]) => {
    const root = { value: structuredClone(value) };
    for (const one of list)
      change(root, { ...one, value: isContainer(one.value) ? structuredClone(one.value) : one.value });
    return JSON.stringify(root.value);
  });
};
