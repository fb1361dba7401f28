import * as v from 'valibot';
import { beginningOf, MAX_ECHO } from './text.ts';

/** The path of a part of a value, as messages name it: `rule.all[1].event`. Names are shortened to {@link MAX_ECHO}. */
export const extendedPath = (path: string, key: unknown): string =>
  typeof key === 'number'
    ? `${path}[${key}]`
    : `${path}${path === '' ? '' : '.'}${beginningOf(String(key), MAX_ECHO)}`;

/**
 * Formats the first issue as a sentence that begins with its path:
 * `rule.all[1].event.within must be a duration such as 30d`.
 *
 * @param root - the first part of every path; empty if paths begin with the name of a field
 * @param whole - the name of the whole value in an issue without a path. @default - `root`
 */
export const issueText = (
  root: string,
  [issue]: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]],
  whole = root,
): string => {
  let path = root;
  for (const { key } of issue.path ?? []) path = extendedPath(path, key);
  return `${path === '' ? whole : path} ${issue.message}`;
};

const strictMessage = ({ expected }: v.StrictObjectIssue): string => {
  if (expected === 'never') return 'is not known';
  return expected === 'Object' ? 'must be an object' : 'is required';
};

/** A schema of an object without other fields: a misspelt field must not silently be replaced by its default. */
export const strictFields = <const E extends v.ObjectEntries>(entries: E) =>
  v.strictObject(entries, strictMessage);
