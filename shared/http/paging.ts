import * as v from 'valibot';
import type { ApiRequest } from './api.ts';
import { badRequest } from './api-error.ts';

/** Entries of a page where the caller gives no limit. */
const DEFAULT_LIMIT = 50;

/** The most entries of a page. */
export const MAX_LIMIT = 200;

/** A page of a list, as every list of the API answers it. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Opaque; what to send as `cursor` for the next page. Null on the last. */
  readonly nextCursor: string | null;
}

/**
 * How many entries the caller wants.
 * @throws ApiError 400 where `limit` is no whole number from 1 to {@link MAX_LIMIT}
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
 * A position in a list as opaque text. It names the last entry of the page, not an offset, so entries that arrive later
 * neither repeat nor hide one. It contains no organisation, so another organisation's cursor is of no use.
 */
export const encodeCursor = (position: unknown): string =>
  Buffer.from(JSON.stringify(position)).toString('base64url');

/**
 * The position that the caller sends back; undefined where it sends none.
 * @throws ApiError 400 where it is not a cursor of this list
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
