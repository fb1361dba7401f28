/**
 * The contact table's items: *who* a contact is. Only shared/linking writes them.
 *
 * | attribute | holds |
 * | --- | --- |
 * | `pk` | `{orgId}#{contactId}` |
 * | `version` | counts changes, from 1 |
 * | `identities` | a map from ids of identities to `{linkedAt} {namespace} {value}` |
 * | `fields` `attributes` | maps from names to values with the times of their last changes, see timed.ts |
 * | `companies` `devices` | maps like these, from ids of companies and from tokens; absent while empty |
 * | `createdAt` `updatedAt` | ms since 1970 |
 */
import * as v from 'valibot';
import { numberAttribute, textMapAttribute } from '../aws/attributes.ts';
import type { Item } from '../aws/dynamodb.ts';
import { NAMESPACES } from '../identities/identity.ts';
import { attributesOf, type ContactState, companiesOf, type LinkedIdentity } from './contact-state.ts';
import { textMap, timedAttribute, timedMap } from './timed-item.ts';

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
    companies: v.optional(timedAttribute, { M: {} }),
    devices: v.optional(timedAttribute, { M: {} }),
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
  /** JSON texts by name, the devices among them. */
  readonly attributes: ReadonlyMap<string, string>;
  /** The ids of the companies that it belongs to. */
  readonly companies: readonly string[];
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
  companies: companiesOf(state),
  createdAt: state.fields.get('createdAt')?.text ?? new Date(state.createdAt).toISOString(),
  updatedAt: new Date(state.updatedAt).toISOString(),
});

/** The item of a contact's next version. */
export const contactItem = (orgId: string, state: ContactState): Item => ({
  ...contactKey(orgId, state.contactId),
  version: { N: String(state.version + 1) },
  identities: textMap(
    [...state.identities].map(([id, { linkedAt, namespace, value }]) => [
      id,
      `${linkedAt} ${namespace} ${value}`,
    ]),
  ),
  fields: timedMap(state.fields),
  attributes: timedMap(state.attributes),
  ...(state.companies.size > 0 && { companies: timedMap(state.companies) }),
  ...(state.devices.size > 0 && { devices: timedMap(state.devices) }),
  createdAt: { N: String(state.createdAt) },
  updatedAt: { N: String(state.updatedAt) },
});
