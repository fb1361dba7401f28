import * as v from 'valibot';

const EITHER = 'The body must be {"contactIds": [...]} with 1 to 1000 ids, or {"affected": true}';

const NamedSchema = v.object({
  contactIds: v.pipe(
    v.array(v.string('"contactIds" must be an array of strings'), '"contactIds" must be an array of strings'),
    v.minLength(1, '"contactIds" must have at least one id'),
  ),
});

const AffectedSchema = v.object({ affected: v.literal(true, '"affected" must be true') });

/** The body of a refresh request, in one of two forms; error messages are whole sentences. */
export const RefreshBodySchema = v.lazy((input) => {
  const body = input as Record<string, unknown>;
  const [byId, byImport] = [body['contactIds'] !== undefined, body['affected'] !== undefined];
  if (byId === byImport) return v.never(EITHER);
  return byId ? NamedSchema : AffectedSchema;
}) as v.GenericSchema<v.InferOutput<typeof NamedSchema> | v.InferOutput<typeof AffectedSchema>>;

/** The response to a refresh request. */
export const RefreshAnswerSchema = v.object({
  refreshId: v.string(),
  accepted: v.pipe(v.number(), v.integer()),
  notFound: v.array(v.string()),
  moreAffected: v.optional(
    v.pipe(
      v.boolean(),
      v.description('True if more imports are pending than one call processes: send the request again'),
    ),
  ),
});

/** The body for the OpenAPI document, which cannot be derived from the lazy schema. */
export const DocumentedRefreshBodySchema = v.union([
  v.object({
    contactIds: v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(1_000)),
  }),
  AffectedSchema,
]);
