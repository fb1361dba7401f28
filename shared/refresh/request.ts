import * as v from 'valibot';
import { documented } from '../json/documented.ts';

/** The maximum number of contact ids in a request. Source: product documentation, "Triggering Score Refresh". */
export const MAX_CONTACT_IDS = 1_000;

const EITHER = `The body must be {"contactIds": [...]} with 1 to ${MAX_CONTACT_IDS} ids, or {"affected": true}`;

/** A field that only the other form has. */
const ABSENT = v.exactOptional(v.never());

const NamedSchema = v.object({
  contactIds: v.pipe(
    v.array(v.string('"contactIds" must be an array of strings'), '"contactIds" must be an array of strings'),
    v.minLength(1, '"contactIds" must have at least one id'),
    // More ids are not 400 but 413, which the handler answers.
    documented({ maxItems: MAX_CONTACT_IDS }),
  ),
  affected: ABSENT,
});

const AffectedSchema = v.object({
  affected: v.literal(true, '"affected" must be true'),
  contactIds: ABSENT,
});

/** Either form: the schema `RefreshRequest` of the OpenAPI document. */
export const EitherBodySchema = v.union([NamedSchema, AffectedSchema], EITHER);

/**
 * The body of a refresh request, in one of two forms; error messages are whole sentences. A body with the field of one
 * form is validated by that form, for its message; `undefined` asks for both, as the OpenAPI document does.
 */
export const RefreshBodySchema = v.lazy((input) => {
  const { contactIds, affected } = (input ?? {}) as Record<string, unknown>;
  if ((contactIds !== undefined) === (affected !== undefined)) return EitherBodySchema;
  return contactIds === undefined ? AffectedSchema : NamedSchema;
}) as v.GenericSchema<v.InferOutput<typeof EitherBodySchema>>;

/** The response to a refresh request. */
export const RefreshAnswerSchema = v.object({
  refreshId: v.pipe(v.string(), v.description('The id by which to read the progress')),
  accepted: v.pipe(v.number(), v.integer(), v.description('The number of contacts to refresh')),
  notFound: v.pipe(
    v.array(v.string()),
    v.description('Ids of the request that no contact of the organisation has'),
  ),
  moreAffected: v.optional(
    v.pipe(
      v.boolean(),
      v.description('True if more imports are pending than one call processes: send the request again'),
    ),
  ),
});
