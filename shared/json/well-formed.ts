import { extendedPath } from './issue-text.ts';

/** Values that are nested deeper are not valid in any request, so what is in them does not matter. */
const MAX_DEPTH = 100;

/** The keys and indices of the first ill-formed text. */
const keysOfIllFormed = (value: unknown, depth: number): (string | number)[] | undefined => {
  if (typeof value === 'string') return value.isWellFormed() ? undefined : [];
  if (typeof value !== 'object' || value === null || depth === 0) return undefined;
  const keys = Array.isArray(value) ? value.keys() : Object.keys(value);
  for (const key of keys) {
    const isSound = typeof key === 'number' || key.isWellFormed();
    const found = isSound
      ? keysOfIllFormed((value as Readonly<Record<string, unknown>>)[key], depth - 1)
      : [];
    if (found !== undefined) return [key, ...found];
  }
  return undefined;
};

/**
 * The path of the first text of a parsed value, or name of a field, that has a lone surrogate; undefined if there is
 * none.
 */
export const illFormedPath = (value: unknown): string | undefined =>
  keysOfIllFormed(value, MAX_DEPTH)?.reduce<string>(extendedPath, '');
