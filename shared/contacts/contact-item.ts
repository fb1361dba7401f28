/**
 * The contact table's items: *who* a contact is. Written by imports of contacts, and by nobody else.
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

/** A contact as it is stored; attributes are JSON text by name. */
export type Contact = v.InferOutput<typeof ContactItemSchema>;

/** The key of a contact's item. */
export const contactKey = (orgId: string, contactId: string): Item => ({
  pk: { S: `${orgId}#${contactId}` },
});

/**
 * Reads an item of the contact table.
 * @throws v.ValiError when it is none
 */
export const fromContactItem = (item: Item): Contact => v.parse(ContactItemSchema, item);

const attributesOf = ({ attributes = new Map() }: ContactEntry): Record<string, { S: string }> => {
  // Without a prototype, so that an attribute called __proto__ is one like any other.
  const map: Record<string, { S: string }> = Object.create(null);
  for (const [name, json] of attributes) map[name] = { S: json };
  return map;
};

/** Whose import writes, and when. */
export interface ContactCall {
  readonly importId: string;
  /** ms since 1970. */
  readonly now: number;
}

/** The item of a contact that does not exist yet. */
export const newContactItem = (
  orgId: string,
  contactId: string,
  entry: ContactEntry,
  { importId, now }: ContactCall,
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

/** DynamoDB's expressions end at 4 KB; so many assignments stay well below. */
const SETS_AT_ONCE = 100;

/** One update's part of a change. */
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

/** What an entry changes of a contact, as updates that each DynamoDB takes; none where it changes nothing. */
export const contactUpdates = (contact: Contact, entry: ContactEntry, now: number): ContactUpdate[] => {
  const fields = changedFields(contact, entry);
  const updates: ContactUpdate[] = [];
  for (let at = 0; at < fields.length; at += SETS_AT_ONCE) {
    const names: Record<string, string> = {};
    const values: Record<string, { S: string }> = { ':now': { S: new Date(now).toISOString() } };
    const sets = fields.slice(at, at + SETS_AT_ONCE).map(([path, value], nth) => {
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
