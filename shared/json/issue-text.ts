import * as v from 'valibot';

/**
 * The first issue as a sentence that begins with its path: `rule.all[1].event.within must be a duration such as 30d`.
 *
 * @param root - the name of the whole value; empty where its fields are named without it
 * @param whole - the name of the whole value in an issue without a path, where `root` is empty
 */
export const issueText = (
  root: string,
  [issue]: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]],
  whole = root,
): string => {
  let path = root;
  for (const { key } of issue.path ?? []) {
    path += typeof key === 'number' ? `[${key}]` : `${path === '' ? '' : '.'}${String(key)}`;
  }
  return `${path === '' ? whole : path} ${issue.message}`;
};

const strictMessage = ({ expected }: v.StrictObjectIssue): string => {
  if (expected === 'never') return 'is not known';
  return expected === 'Object' ? 'must be an object' : 'is required';
};

/** An object of exactly these fields: a misspelt field must not silently mean its default. */
export const strictFields = <const E extends v.ObjectEntries>(entries: E) =>
  v.strictObject(entries, strictMessage);
