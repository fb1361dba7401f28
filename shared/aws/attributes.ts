import * as v from 'valibot';
import type { Item } from './dynamodb.ts';

/** Schemas of DynamoDB's attribute values. An item that does not match was not written by this service. */

/** A string. */
export const textAttribute = v.pipe(
  v.object({ S: v.string() }),
  v.transform(({ S }) => S),
);

/** A number; doubles represent all stored numbers exactly. */
export const numberAttribute = v.pipe(
  v.object({ N: v.string() }),
  v.transform(({ N }) => Number(N)),
);

/** A boolean. */
export const booleanAttribute = v.pipe(
  v.object({ BOOL: v.boolean() }),
  v.transform(({ BOOL }) => BOOL),
);

/** Bytes. */
export const binaryAttribute = v.pipe(
  v.object({ B: v.instance(Uint8Array) }),
  v.transform(({ B }) => B),
);

/** A set of numbers. DynamoDB has no empty sets, so an absent attribute is an empty set. */
export const numberSetAttribute = v.optional(
  v.pipe(
    v.object({ NS: v.array(v.string()) }),
    v.transform(({ NS }): ReadonlySet<number> => new Set(NS.map(Number))),
  ),
  { NS: [] },
);

/** A set of strings; an absent attribute is an empty set. */
export const textSetAttribute = v.optional(
  v.pipe(
    v.object({ SS: v.array(v.string()) }),
    v.transform(({ SS }): ReadonlySet<string> => new Set(SS)),
  ),
  { SS: [] },
);

/** A map of strings. */
export const textMapAttribute = v.pipe(
  v.object({ M: v.custom<Item>((input) => typeof input === 'object' && input !== null) }),
  v.transform(
    ({ M }): ReadonlyMap<string, string> =>
      new Map(Object.entries(M).map(([name, value]) => [name, v.parse(textAttribute, value)])),
  ),
);
