import * as v from 'valibot';
import type { ApiRequest } from './api.ts';
import { badRequest } from './api-error.ts';

/** Entries of a page if the caller gives no limit. */
const DEFAULT_LIMIT = 50;

/** The maximum number of entries of a page. */
export const MAX_LIMIT = 200;

/** A page of a list, as every list of the API returns it. */
export interface Page<T> {
  readonly items: readonly T[];
  /** The opaque `cursor` of the next page; null on the last page. */
  readonly nextCursor: string | null;
}

/**
 * The number of entries that the caller requests.
 * @throws ApiError 400 if `limit` is not a whole number from 1 to {@link MAX_LIMIT}
 */
export const limitOf = ({ query }: Pick<ApiRequest, 'query'>): number => {
  const { limit } = query;
  if (limit === undefined) return DEFAULT_LIMIT;
  const number = /^\d{1,4}$/.test(limit) ? Number(limit) : Number.NaN;
  if (!(number >= 1 && number <= MAX_LIMIT)) {
    throw badRequest(`limit must be a whole number from 1 to ${MAX_LIMIT}`);
  }
  return number;
};

/**
 * Encodes a position in a list as opaque text. A position is the last entry of a page rather than an offset, so
 * entries that are added later neither repeat nor hide others. It contains no organisation, so it grants no access to
 * another one.
 */
export const encodeCursor = (position: unknown): string =>
  Buffer.from(JSON.stringify(position)).toString('base64url');

/**
 * Decodes the position that the caller sends as `cursor`.
 * @returns undefined if the caller sends no cursor
 * @throws ApiError 400 if the text is not a cursor of this list
 */
export const cursorOf = <S extends v.GenericSchema>(
  { query }: Pick<ApiRequest, 'query'>,
  schema: S,
): v.InferOutput<S> | undefined => {
  if (query['cursor'] === undefined) return undefined;
  try {
    return v.parse(schema, JSON.parse(Buffer.from(query['cursor'], 'base64url').toString()));
  } catch {
    throw badRequest('cursor is not one that this list gave');
  }
};
