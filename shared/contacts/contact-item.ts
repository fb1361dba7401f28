/**
 * The contact table's items: *who* a contact is. Only shared/linking writes them.
 *
 * | attribute | holds |
 * | --- | --- |
 * | `pk` | `{orgId}#{contactId}` |
 * | `version` | counts changes, from 1 |
 * | `identities` | a map from ids of identities to `{linkedAt} {namespace} {value}` |
 * | `fields` `attributes` | maps from names to values with the times of their last changes, see timed.ts |
 * | `createdAt` `updatedAt` | ms since 1970 |
 */
import * as v from 'valibot';
import { numberAttribute, textMapAttribute } from '../aws/attributes.ts';
import type { Item } from '../aws/dynamodb.ts';
import { NAMESPACES } from '../identities/identity.ts';
import { attributesOf, type ContactState, type LinkedIdentity } from './contact-state.ts';
import { parseTimed, printTimed, type TimedValues } from './timed.ts';

const IdentitySchema = v.pipe(
  v.string(),
  v.transform((text) => {
    const [linkedAt = '', namespace = ''] = text.split(' ', 2);
    return {
      linkedAt: Number(linkedAt),
      namespace,
      value: text.slice(linkedAt.length + namespace.length + 2),
    };
  }),
  v.object({ linkedAt: v.number(), namespace: v.picklist(NAMESPACES), value: v.string() }),
);

const timedAttribute = v.pipe(
  textMapAttribute,
  v.transform((map): TimedValues => new Map([...map].map(([name, text]) => [name, parseTimed(text)]))),
);

const ContactItemSchema = v.pipe(
  v.object({
    pk: v.object({ S: v.string() }),
    version: numberAttribute,
    identities: v.pipe(
      textMapAttribute,
      v.transform(
        (map): ReadonlyMap<string, LinkedIdentity> =>
          new Map([...map].map(([id, text]) => [id, v.parse(IdentitySchema, text)])),
      ),
    ),
    fields: timedAttribute,
    attributes: timedAttribute,
    createdAt: numberAttribute,
    updatedAt: numberAttribute,
  }),
  v.transform(({ pk, ...rest }): ContactState => ({ contactId: pk.S.slice(pk.S.indexOf('#') + 1), ...rest })),
);

/** A contact as readers see it. */
export interface Contact {
  readonly contactId: string;
  /** The address that was sent last, as it was sent; undefined if no address is known. */
  readonly email: string | undefined;
  /** The user id that was sent last. */
  readonly externalId: string | undefined;
  /** In the order in which they were linked. */
  readonly identities: readonly LinkedIdentity[];
  /** JSON texts by name. */
  readonly attributes: ReadonlyMap<string, string>;
  /** ISO 8601: when it was created elsewhere, if a sender said so; otherwise when it was first imported. */
  readonly createdAt: string;
  /** ISO 8601. */
  readonly updatedAt: string;
}

/** The key of a contact's item. */
export const contactKey = (orgId: string, contactId: string): Item => ({
  pk: { S: `${orgId}#${contactId}` },
});

/**
 * Reads an item of the contact table.
 * @throws v.ValiError if it is not a contact
 */
export const stateOfItem = (item: Item): ContactState => v.parse(ContactItemSchema, item);

const byLinking = (a: LinkedIdentity, b: LinkedIdentity): number =>
  a.linkedAt - b.linkedAt || NAMESPACES.indexOf(a.namespace) - NAMESPACES.indexOf(b.namespace);

/** A contact as readers see it. */
export const contactOf = (state: ContactState): Contact => ({
  contactId: state.contactId,
  email: state.fields.get('email')?.text,
  externalId: state.fields.get('externalId')?.text,
  identities: [...state.identities.values()].sort(byLinking),
  attributes: attributesOf(state),
  createdAt: state.fields.get('createdAt')?.text ?? new Date(state.createdAt).toISOString(),
  updatedAt: new Date(state.updatedAt).toISOString(),
});

/** A map whose names may be any text: without a prototype, `__proto__` is an ordinary name. */
const mapOf = (entries: Iterable<readonly [string, string]>): Item[string] => {
  const map: Record<string, { S: string }> = Object.create(null);
  for (const [name, text] of entries) map[name] = { S: text };
  return { M: map };
};

const timedMap = (values: TimedValues): Item[string] =>
  mapOf([...values].map(([name, value]) => [name, printTimed(value)]));

/** The item of a contact's next version. */
export const contactItem = (orgId: string, state: ContactState): Item => ({
  ...contactKey(orgId, state.contactId),
  version: { N: String(state.version + 1) },
  identities: mapOf(
    [...state.identities].map(([id, { linkedAt, namespace, value }]) => [
      id,
      `${linkedAt} ${namespace} ${value}`,
    ]),
  ),
  fields: timedMap(state.fields),
  attributes: timedMap(state.attributes),
  createdAt: { N: String(state.createdAt) },
  updatedAt: { N: String(state.updatedAt) },
});
