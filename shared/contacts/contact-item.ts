/**
 * The contact table's items: *who* a contact is. Only imports of contacts write them.
 *
 * | attribute | holds |
 * | --- | --- |
 * | `pk` | `{orgId}#{contactId}` |
 * | `email` `externalId` `createdAt` `updatedAt` | as imported; moments in ISO 8601 |
 * | `attributes` | a map of JSON text by name |
 * | `createdBy` | the import that created it |
 *
 * A contact exists once it has an identity; see shared/identities/identity-store.ts.
 */
import * as v from 'valibot';
import { textAttribute, textMapAttribute } from '../aws/attributes.ts';
import type { Item } from '../aws/dynamodb.ts';
import type { ContactEntry } from './contact-schemas.ts';

const ContactItemSchema = v.pipe(
  v.object({
    pk: textAttribute,
    email: textAttribute,
    externalId: v.optional(textAttribute),
    attributes: textMapAttribute,
    createdAt: textAttribute,
    updatedAt: textAttribute,
    createdBy: textAttribute,
  }),
  v.transform(({ pk, ...rest }) => ({ contactId: pk.slice(pk.indexOf('#') + 1), ...rest })),
);

/** A stored contact; its attributes are JSON text by name. */
export type Contact = v.InferOutput<typeof ContactItemSchema>;

/** The key of a contact's item. */
export const contactKey = (orgId: string, contactId: string): Item => ({
  pk: { S: `${orgId}#${contactId}` },
});

/**
 * Reads an item of the contact table.
 * @throws v.ValiError if it is not a contact
 */
export const fromContactItem = (item: Item): Contact => v.parse(ContactItemSchema, item);

const attributesOf = ({ attributes = new Map() }: ContactEntry): Record<string, { S: string }> => {
  // Without a prototype, so that an attribute named __proto__ is an ordinary property.
  const map: Record<string, { S: string }> = Object.create(null);
  for (const [name, json] of attributes) map[name] = { S: json };
  return map;
};

/** The import that writes a contact. */
export interface ContactImport {
  readonly importId: string;
  /** The time of the import, ms since 1970. */
  readonly now: number;
}

/** Creates the item of a new contact. */
export const newContactItem = (
  orgId: string,
  contactId: string,
  entry: ContactEntry,
  { importId, now }: ContactImport,
): Item => {
  const item: Item = {
    ...contactKey(orgId, contactId),
    email: { S: entry.email },
    attributes: { M: attributesOf(entry) },
    createdAt: { S: new Date(entry.createdAt ?? now).toISOString() },
    updatedAt: { S: new Date(now).toISOString() },
    createdBy: { S: importId },
  };
  if (entry.externalId !== undefined) item['externalId'] = { S: entry.externalId };
  return item;
};

/** Assignments in one update: well below DynamoDB's limit of 4 KB for an expression. */
const ASSIGNMENTS_PER_UPDATE = 100;

/** The expressions of one update of a contact. */
export interface ContactUpdate {
  readonly UpdateExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues: Record<string, { S: string }>;
}

/** The fields of a contact's item that an entry changes: paths of one or two names, and their new values. */
const changedFields = (contact: Contact, entry: ContactEntry): [readonly string[], string][] => {
  const fields: [readonly string[], string][] = [];
  if (entry.email !== contact.email) fields.push([['email'], entry.email]);
  if (entry.externalId !== undefined && entry.externalId !== contact.externalId) {
    fields.push([['externalId'], entry.externalId]);
  }
  const createdAt =
    entry.createdAt === undefined ? contact.createdAt : new Date(entry.createdAt).toISOString();
  if (createdAt !== contact.createdAt) fields.push([['createdAt'], createdAt]);
  for (const [name, json] of entry.attributes ?? []) {
    if (contact.attributes.get(name) !== json) fields.push([['attributes', name], json]);
  }
  return fields;
};

/** The updates that merge an entry into a contact, each within DynamoDB's limits; empty if nothing changes. */
export const contactUpdates = (contact: Contact, entry: ContactEntry, now: number): ContactUpdate[] => {
  const fields = changedFields(contact, entry);
  const updates: ContactUpdate[] = [];
  for (let at = 0; at < fields.length; at += ASSIGNMENTS_PER_UPDATE) {
    const names: Record<string, string> = {};
    const values: Record<string, { S: string }> = { ':now': { S: new Date(now).toISOString() } };
    const sets = fields.slice(at, at + ASSIGNMENTS_PER_UPDATE).map(([path, value], nth) => {
      values[`:v${nth}`] = { S: value };
      const placeholders = path.map((name, depth) => {
        const placeholder = depth === 0 ? `#${name}` : `#n${nth}`;
        names[placeholder] = name;
        return placeholder;
      });
      return `${placeholders.join('.')} = :v${nth}`;
    });
    updates.push({
      UpdateExpression: `SET updatedAt = :now, ${sets.join(', ')}`,
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: values,
    });
  }
  return updates;
};
