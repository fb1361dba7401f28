import * as v from 'valibot';
import { documented } from '../json/documented.ts';
import { MAX_ANSWER_BYTES, sentBytes } from './answer-size.ts';
import { type ApiRequest, JsonText } from './api.ts';
import { badRequest } from './api-error.ts';

/** Entries of a page if the caller gives no limit. */
export const DEFAULT_LIMIT = 50;

/** The maximum number of entries of a page. */
export const MAX_LIMIT = 200;

const INVALID_LIMIT = `limit must be a whole number from 1 to ${MAX_LIMIT}`;

/** The query parameter `limit`. */
export const LimitSchema = v.pipe(
  v.string(INVALID_LIMIT),
  documented({ type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT }),
  v.transform((text) => (/^\d+$/.test(text) ? Number(text) : Number.NaN)),
  v.number(INVALID_LIMIT),
  v.minValue(1, INVALID_LIMIT),
  v.maxValue(MAX_LIMIT, INVALID_LIMIT),
);

/** The query parameter `cursor`: base64url, of which only the list that gave it knows the content. */
export const CursorSchema = v.pipe(v.string(), v.regex(/^[\w-]+$/));

/**
 * The number of entries that the caller requests.
 * @throws ApiError 400 if `limit` is not a whole number from 1 to {@link MAX_LIMIT}
 */
export const limitOf = ({ query }: Pick<ApiRequest, 'query'>): number => {
  const { limit } = query;
  if (limit === undefined) return DEFAULT_LIMIT;
  const result = v.safeParse(LimitSchema, limit);
  if (!result.success) throw badRequest(result.issues[0].message);
  return result.output;
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
    const text = v.parse(CursorSchema, query['cursor']);
    return v.parse(schema, JSON.parse(Buffer.from(text, 'base64url').toString()));
  } catch {
    throw badRequest('cursor is not one that this list gave');
  }
};

/** An entry of a list. */
export interface ListEntry {
  /** The entry as JSON text. */
  readonly json: string;
  /** The position after which the list continues if a page ends with this entry. */
  readonly position: unknown;
}

/** A {@link ListEntry} of a value without JSON text of its own. */
export const listEntry = (value: object, position: unknown): ListEntry => ({
  json: JSON.stringify(value),
  position,
});

/**
 * The part of a page that is not entries: less than 100 bytes and a cursor, the longest of which names a company by an id of
 * 1,024 bytes, each of which JSON may write with six characters, and base64 with eight.
 */
const FRAME_BYTES = 10_000;

/**
 * Writes a page of a list: as many of its entries as a response can hold, at least one. Every entry fits alone: the
 * largest is a profile, made of two items of at most 400 KB, of which only the contact's names and texts take up to seven
 * bytes per stored byte (a control character is sent as `\\u0001`); JSON texts, such as metadata, take at most two.
 *
 * @param entries - the entries that were requested; none is read after the page is full
 * @param next - the position after which the list continues if all of them fit; undefined on the last page
 */
export const pageOf = async (
  entries: AsyncIterable<ListEntry> | Iterable<ListEntry>,
  next: unknown,
): Promise<JsonText> => {
  const items: string[] = [];
  let bytes = FRAME_BYTES;
  let end: unknown;
  for await (const { json, position } of entries) {
    bytes += sentBytes(json) + 1;
    if (bytes > MAX_ANSWER_BYTES && items.length > 0) return pageJson(items, end);
    items.push(json);
    end = position;
  }
  return pageJson(items, next);
};

const pageJson = (items: readonly string[], position: unknown): JsonText => {
  const nextCursor = position === undefined ? 'null' : JSON.stringify(encodeCursor(position));
  return new JsonText(`{"items":[${items.join(',')}],"nextCursor":${nextCursor}}`);
};
