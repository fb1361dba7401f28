import * as v from 'valibot';
import { textMapAttribute } from '../aws/attributes.ts';
import type { Item } from '../aws/dynamodb.ts';
import { parseTimed, printTimed, type TimedValues } from './timed.ts';

/** A map of values with the times of their last changes, as {@link timedMap} stores it. */
export const timedAttribute = v.pipe(
  textMapAttribute,
  v.transform((map): TimedValues => new Map([...map].map(([name, text]) => [name, parseTimed(text)]))),
);

/** A map of texts whose names may be any text: without a prototype, `__proto__` is an ordinary name. */
export const textMap = (entries: Iterable<readonly [string, string]>): Item[string] => {
  const map: Record<string, { S: string }> = Object.create(null);
  for (const [name, text] of entries) map[name] = { S: text };
  return { M: map };
};

/** The stored form of values with the times of their last changes. */
export const timedMap = (values: TimedValues): Item[string] =>
  textMap([...values].map(([name, value]) => [name, printTimed(value)]));
