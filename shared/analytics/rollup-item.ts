import type { Item } from '../aws/dynamodb.ts';

/** The counts of a rollup's item, by field. */
export const countsOf = ({ pk: _pk, sk: _sk, ...fields }: Item): ReadonlyMap<string, number> =>
  new Map(Object.entries(fields).map(([field, { N }]) => [field, Number(N)]));
