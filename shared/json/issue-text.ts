import * as v from 'valibot';

/**
 * The first issue as a sentence that begins with where it is: `rule.all[1].event.within must be a duration such as 30d`.
 *
 * @param root - the word for the whole value; empty where its fields go by their own names
 * @param whole - what an issue of the whole value is about, where `root` is empty
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

/** An object of these fields and no other: a misspelt field must not silently mean its default. */
export const strictFields = <const E extends v.ObjectEntries>(entries: E) =>
  v.strictObject(entries, strictMessage);
