import * as v from 'valibot';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const reason = v.pipe(v.string(), v.description('The first rule that the entry violates'));
const index = v.pipe(count, v.description('The position of the entry in the request, from 0'));

const identifier = v.pipe(
  v.nullable(v.string()),
  v.description('At most the first 254 characters of what was sent; null if it is not a string'),
);

/** The response of the event endpoints. */
export const EventImportAnswerSchema = v.object({
  imported: count,
  skipped: count,
  errors: v.array(v.object({ index, contactEmail: identifier, reason })),
});

/** The response of `contacts/batch`. */
export const ContactImportAnswerSchema = v.object({
  imported: count,
  skipped: count,
  errors: v.array(v.object({ index, email: identifier, reason })),
  contacts: v.array(v.object({ index, contactId: v.string(), created: v.boolean() })),
});

/** The body of every error response. */
export const ErrorSchema = v.object({
  error: v.object({ code: v.string(), message: v.string(), requestId: v.string() }),
});

/** A page of a list. */
export const pageOf = <S extends v.GenericSchema>(item: S) =>
  v.object({ items: v.array(item), nextCursor: v.nullable(v.string()) });

/** The body of a batch endpoint. */
export const batchOf = (field: string, limit: number, entry: v.GenericSchema) =>
  v.object({ [field]: v.pipe(v.array(entry), v.maxLength(limit)) });
