/**
 * Values with the moment of their last change. Changes may arrive in any order, any number of times: the last one in
 * true order is kept. Source: product specification, "Attributes in true order".
 */

/** When a change was made. */
export interface ChangeTime {
  /** Milliseconds since 1970. */
  readonly at: number;
  /**
   * The position of a change among those of the same moment, 0 unless known: entries of one batch that have no time of
   * their own arrive in the same millisecond, and the later one takes precedence.
   */
  readonly nth: number;
}

/** A value, as text, and when it was last changed. */
export interface Timed extends ChangeTime {
  readonly text: string;
}

/** The text of a removed attribute: the JSON text of null. It is kept, so that an older value does not return. */
export const REMOVED = 'null';

/** Whether a change replaces another one. Of two changes of the same time, the one with the greater text is kept. */
const replaces = (change: Timed, kept: Timed): boolean => {
  if (change.at !== kept.at) return change.at > kept.at;
  if (change.nth !== kept.nth) return change.nth > kept.nth;
  return change.text > kept.text;
};

/** Values by name. */
export type TimedValues = ReadonlyMap<string, Timed>;

/** Merges values, each by its time: idempotent, and independent of the order of all merges. */
export const mergeTimed = (kept: TimedValues, changes: TimedValues): TimedValues => {
  const merged = new Map(kept);
  for (const [name, change] of changes) {
    const before = merged.get(name);
    if (before === undefined || replaces(change, before)) merged.set(name, change);
  }
  return merged;
};

/** The values that are not removed: texts by name, in the order of the names, which does not depend on that of the changes. */
export const textsOf = (values: TimedValues): [string, string][] =>
  [...values]
    .flatMap(([name, { text }]): [string, string][] => (text === REMOVED ? [] : [[name, text]]))
    .sort(([a], [b]) => (a < b ? -1 : 1));

/** Whether two sets of values look the same to a reader, whatever their times are. */
export const looksSame = (a: TimedValues, b: TimedValues): boolean =>
  a.size === b.size && [...a].every(([name, { text }]) => b.get(name)?.text === text);

/** Whether two sets of values are the same, with their times. */
export const isSame = (a: TimedValues, b: TimedValues): boolean =>
  looksSame(a, b) &&
  [...a].every(([name, { at, nth }]) => b.get(name)?.at === at && b.get(name)?.nth === nth);

/** The time of a value, and what DynamoDB adds to each entry of a map. */
const TIMED_BYTES = 24;

/** The size of values in an item, in bytes. */
export const timedBytes = (values: TimedValues): number => {
  let bytes = 0;
  for (const [name, { text }] of values) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(text) + TIMED_BYTES;
  }
  return bytes;
};

/** Values that are all changed at the same time. */
export const changedAt = (
  values: Iterable<readonly [string, string]>,
  { at, nth }: ChangeTime,
): TimedValues => new Map([...values].map(([name, text]) => [name, { at, nth, text }]));

/** The stored form: `{at} {text}`, or `{at}.{nth} {text}`. */
export const printTimed = ({ at, nth, text }: Timed): string => `${nth === 0 ? at : `${at}.${nth}`} ${text}`;

/** Reads the form of {@link printTimed}. */
export const parseTimed = (stored: string): Timed => {
  const end = stored.indexOf(' ');
  const [at = '', nth = '0'] = stored.slice(0, end).split('.');
  return { at: Number(at), nth: Number(nth), text: stored.slice(end + 1) };
};
