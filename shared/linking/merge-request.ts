import * as v from 'valibot';
import { identityIdOf } from '../identities/contact-id.ts';
import { type Identity, NAMESPACES } from '../identities/identity.ts';
import { IdentitySchema, identityValue } from '../identities/identity-schemas.ts';
import { documented } from '../json/documented.ts';
import { isJsonObject } from '../json/lossless-json.ts';

/** How the contract describes a reference. */
const REF = {
  anyOf: [
    { type: 'string', description: 'The id of a contact, or of any of its identities' },
    ...NAMESPACES.map((namespace) => ({
      type: 'object',
      properties: { [namespace]: { type: 'string' } },
      required: [namespace],
      maxProperties: 1,
    })),
  ],
};

/**
 * A schema of a reference to a contact: its id, or an object whose only field is the namespace of an identity. Messages name
 * the place that is wrong.
 */
const RefSchema = (field: string) =>
  v.pipe(
    v.unknown(),
    documented(REF),
    v.rawTransform(({ dataset, addIssue, NEVER }): string | Identity => {
      const { value: ref } = dataset;
      if (typeof ref === 'string') return ref;
      const [name, ...others] = isJsonObject(ref) ? Object.keys(ref) : [];
      const namespace = NAMESPACES.find((known) => known === name);
      if (namespace === undefined || others.length > 0) {
        addIssue({
          message: `${field} must be the id of a contact, or an object with one identity, such as {"userId": "…"} or {"email": "…"}`,
        });
        return NEVER;
      }
      const schema = IdentitySchema(namespace, `${field}.${namespace}`);
      const parsed = v.safeParse(schema, (ref as Record<string, unknown>)[namespace]);
      if (parsed.success) return { namespace, value: identityValue(namespace, parsed.output) };
      addIssue({ message: parsed.issues[0].message });
      return NEVER;
    }),
  );

/** The body of a merge. */
export const MergeBodySchema = v.object(
  { from: RefSchema('from'), into: RefSchema('into') },
  ({ path }) => `${path?.[0].key} is required`,
);

/** The id of the identity that a reference names; it may not exist. */
export const identityOfRef = (orgId: string, ref: string | Identity): string =>
  typeof ref === 'string' ? ref : identityIdOf(orgId, ref);

/** The response to a merge. */
export const MergeAnswerSchema = v.object({
  contactId: v.pipe(v.string(), v.description('The contact that both are now')),
  merged: v.pipe(v.boolean(), v.description('False if they were one contact before')),
});
