import { OPERATIONS } from './operations.ts';

/** The methods of every path of the API, by the path's template. */
export const PATHS: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  [...Map.groupBy(OPERATIONS, ({ path }) => path)].map(([path, operations]) => [
    path,
    operations.map(({ method }) => method),
  ]),
);

/**
 * The methods of a path; undefined if the path does not exist. A fixed segment takes precedence over a
 * parameter.
 */
export const methodsOf = (path: string): readonly string[] | undefined => {
  const segments = path.replace(/\/+$/, '').split('/');
  const candidates = Object.entries(PATHS).filter(([template]) => {
    const parts = template.split('/');
    return (
      parts.length === segments.length &&
      parts.every((part, at) => (part.startsWith('{') ? segments[at] !== '' : part === segments[at]))
    );
  });
  const fixedFirst = candidates.sort(([a], [b]) => a.split('{').length - b.split('{').length);
  return fixedFirst[0]?.[1];
};
