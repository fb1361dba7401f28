import type * as v from 'valibot';

/** How deep a rule may nest; a leaf alone is 1 deep. */
export const MAX_DEPTH = 10;
/** How many operators and leaves a rule may have. */
export const MAX_NODES = 100;
/** A segment is one item, and all of an organisation's are in memory at once. */
export const MAX_RULE_CHARACTERS = 50_000;

interface Visit {
  readonly value: unknown;
  readonly path: readonly (string | number)[];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whatever could be a node below this one, sound or not. */
const childrenOf = ({ value, path }: Visit): Visit[] => {
  if (!isObject(value)) return [];
  return ['all', 'any', 'not'].flatMap((operator) => {
    if (!Object.hasOwn(value, operator)) return [];
    const child = value[operator];
    return Array.isArray(child)
      ? child.slice(0, MAX_NODES + 1).map((value, at) => ({ value, path: [...path, operator, at] }))
      : [{ value: child, path: [...path, operator] }];
  });
};

type Excess = { readonly message: string; readonly path: readonly (string | number)[] };

/** Level by level and no further than the limits, so that it ends whatever was sent. */
const excessOf = (rule: unknown): Excess | undefined => {
  let level: Visit[] = [{ value: rule, path: [] }];
  let nodes = 0;
  for (let depth = 1; level.length > 0; depth += 1) {
    nodes += level.length;
    if (nodes > MAX_NODES) return { message: `must have at most ${MAX_NODES} nodes`, path: [] };
    const [first] = level;
    if (depth > MAX_DEPTH && first) {
      return { message: `must not be more than ${MAX_DEPTH} levels deep`, path: first.path };
    }
    level = level.flatMap(childrenOf);
  }
  return undefined;
};

/** Refuses what is too deep or too large before the recursive schema walks into it. */
export const checkLimits = ({ dataset, addIssue }: v.RawCheckContext<unknown>): void => {
  if (!dataset.typed) return;
  const excess = excessOf(dataset.value);
  if (excess === undefined) return;
  const path = excess.path.map(
    (key): v.IssuePathItem => ({
      type: 'unknown',
      origin: 'value',
      input: dataset.value,
      key,
      value: undefined,
    }),
  );
  const [first, ...rest] = path;
  addIssue({ message: excess.message, ...(first && { path: [first, ...rest] }) });
};
