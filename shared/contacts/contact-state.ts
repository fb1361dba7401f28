import type { Identity } from '../identities/identity.ts';
import { mergeTimed, REMOVED, type TimedValues } from './timed.ts';

/** An identity of a contact. */
export interface LinkedIdentity extends Identity {
  /** When it was linked to a contact here, ms since 1970. */
  readonly linkedAt: number;
}

/** The fields of a contact that are kept by the time of their last change, as attributes are. */
export type FieldName = 'email' | 'externalId' | 'createdAt';

/** All that is stored of a contact: who it is, with the times of all changes. */
export interface ContactState {
  readonly contactId: string;
  /** Counts the changes; a write is made only over the version that was read. 0 for a contact that is not stored yet. */
  readonly version: number;
  /** The identities by id, at least one. */
  readonly identities: ReadonlyMap<string, LinkedIdentity>;
  /** Values by {@link FieldName}: the address and the external id as they were sent, and when it was created elsewhere. */
  readonly fields: TimedValues;
  /** JSON texts by name, those of removed attributes included. */
  readonly attributes: TimedValues;
  /** The moment of the first import, ms since 1970. */
  readonly createdAt: number;
  /** The moment of the last change here, ms since 1970. */
  readonly updatedAt: number;
}

/** The visible attributes: JSON texts by name. */
export const attributesOf = ({ attributes }: Pick<ContactState, 'attributes'>): ReadonlyMap<string, string> =>
  new Map([...attributes].flatMap(([name, { text }]) => (text === REMOVED ? [] : [[name, text]])));

/** The contact that two contacts become: `into`, with all that is known of `from`. */
export const mergeContacts = (into: ContactState, from: ContactState, now: number): ContactState => ({
  ...into,
  identities: new Map([...into.identities, ...from.identities]),
  fields: mergeTimed(into.fields, from.fields),
  attributes: mergeTimed(into.attributes, from.attributes),
  createdAt: Math.min(into.createdAt, from.createdAt),
  updatedAt: now,
});

/** Whether two sets of values look the same to a reader, whatever their times are. */
const looksSame = (a: TimedValues, b: TimedValues): boolean =>
  a.size === b.size && [...a].every(([name, { text }]) => b.get(name)?.text === text);

/** Whether two sets of values are the same, with their times. */
const isSame = (a: TimedValues, b: TimedValues): boolean =>
  looksSame(a, b) &&
  [...a].every(([name, { at, nth }]) => b.get(name)?.at === at && b.get(name)?.nth === nth);

/** What changes of a contact. */
export interface ContactChange {
  readonly identities: ReadonlyMap<string, LinkedIdentity>;
  readonly fields: TimedValues;
  readonly attributes: TimedValues;
}

/**
 * Applies a change to a contact. `updatedAt` becomes `now` only if a reader can see the difference; otherwise only the
 * times of values are later.
 * @returns the same object if nothing changes
 */
export const changeContact = (contact: ContactState, change: ContactChange, now: number): ContactState => {
  const fields = mergeTimed(contact.fields, change.fields);
  const attributes = mergeTimed(contact.attributes, change.attributes);
  const added = [...change.identities].filter(([id]) => !contact.identities.has(id));
  if (added.length === 0 && isSame(fields, contact.fields) && isSame(attributes, contact.attributes)) {
    return contact;
  }
  const isVisible =
    added.length > 0 || !looksSame(fields, contact.fields) || !looksSame(attributes, contact.attributes);
  return {
    ...contact,
    identities: added.length === 0 ? contact.identities : new Map([...contact.identities, ...added]),
    fields,
    attributes,
    updatedAt: isVisible ? now : contact.updatedAt,
  };
};

/** The time of a value, and what DynamoDB adds to each entry of a map. */
const TIMED_BYTES = 24;

/** The id of an identity, its namespace and its time. */
const IDENTITY_BYTES = 48;

/** The size of values in a contact's item, in bytes. */
export const timedBytes = (values: TimedValues): number => {
  let bytes = 0;
  for (const [name, { text }] of values) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(text) + TIMED_BYTES;
  }
  return bytes;
};

/** The approximate size of the item of a contact, or of one that has nothing but a change, in bytes, and not less than it is. */
export const stateBytes = ({ identities, fields, attributes }: ContactChange): number => {
  let bytes = 200 + timedBytes(fields) + timedBytes(attributes);
  for (const { value } of identities.values()) bytes += Buffer.byteLength(value) + IDENTITY_BYTES;
  return bytes;
};
