import type * as v from 'valibot';

/** The maximum nesting of a rule; a single leaf has a depth of 1. */
export const MAX_DEPTH = 10;
/** The maximum number of operators and leaves of a rule. */
export const MAX_NODES = 100;
/**
 * The maximum length of a rule as JSON: a segment is one item, and all segments of an organisation are in memory at
 * once.
 */
export const MAX_RULE_CHARACTERS = 50_000;

interface Visit {
  readonly value: unknown;
  readonly path: readonly (string | number)[];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** All values that could be child nodes, valid or not. */
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

/** The limit that a rule exceeds, if any. It visits level by level and stops at the limits, so any input terminates. */
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

/** A check that refuses a rule which is too deep or too large, before the recursive schema traverses it. */
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
