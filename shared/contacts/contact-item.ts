import * as v from 'valibot';
import type { Item } from '../aws/dynamodb.ts';
import type { ContactEntry } from './contact-schemas.ts';

const text = v.pipe(
  v.object({ S: v.string() }),
  v.transform(({ S }) => S),
);

const AttributesSchema = v.pipe(
  v.object({ M: v.custom<Item>((input) => typeof input === 'object' && input !== null) }),
  v.transform(
    ({ M }): ReadonlyMap<string, string> =>
      new Map(Object.entries(M).map(([name, value]) => [name, value.S ?? 'null'])),
  ),
);

const ContactItemSchema = v.pipe(
  v.object({
    pk: text,
    email: text,
    externalId: v.optional(text),
    attributes: AttributesSchema,
    createdAt: text,
    updatedAt: text,
    createdBy: text,
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

const attributesOf = ({ attributes = new Map() }: ContactEntry): Record<string, { S: string }> =>
  // Without a prototype, so that an attribute called __proto__ is one like any other.
  Object.assign(
    Object.create(null),
    Object.fromEntries([...attributes].map(([name, json]) => [name, { S: json }])),
  );

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

/** What an entry changes of a contact: an update expression's parts; undefined where it changes nothing. */
export const contactChange = (contact: Contact, entry: ContactEntry, now: number) => {
  const names: Record<string, string> = {};
  const values: Record<string, { S: string }> = {};
  const sets: string[] = [];
  const set = (path: string, value: string): void => {
    const placeholder = `:v${sets.length}`;
    values[placeholder] = { S: value };
    sets.push(`${path} = ${placeholder}`);
  };
  if (entry.email !== contact.email) set('email', entry.email);
  if (entry.externalId !== undefined && entry.externalId !== contact.externalId) {
    set('externalId', entry.externalId);
  }
  if (entry.createdAt !== undefined && new Date(entry.createdAt).toISOString() !== contact.createdAt) {
    set('createdAt', new Date(entry.createdAt).toISOString());
  }
  for (const [name, json] of entry.attributes ?? []) {
    if (contact.attributes.get(name) === json) continue;
    const placeholder = `#n${Object.keys(names).length}`;
    names[placeholder] = name;
    set(`attributes.${placeholder}`, json);
  }
  if (sets.length === 0) return undefined;
  set('updatedAt', new Date(now).toISOString());
  return {
    UpdateExpression: `SET ${sets.join(', ')}`,
    ...(Object.keys(names).length > 0 && { ExpressionAttributeNames: names }),
    ExpressionAttributeValues: values,
  };
};
