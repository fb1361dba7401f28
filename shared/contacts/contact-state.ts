import type { Identity } from '../identities/identity.ts';
import { objectText } from '../json/lossless-json.ts';
import { isSame, looksSame, mergeTimed, REMOVED, type TimedValues, textsOf, timedBytes } from './timed.ts';

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
  /**
   * The companies that it belongs to, by their ids: the JSON text of the id of the identity that was sent as a member, or
   * {@link REMOVED} if it has left.
   */
  readonly companies: TimedValues;
  /** Its devices by token: JSON texts, those of removed devices included. */
  readonly devices: TimedValues;
  /** The moment of the first import, ms since 1970. */
  readonly createdAt: number;
  /** The moment of the last change here, ms since 1970. */
  readonly updatedAt: number;
}

/** The attribute that shows the devices. */
const DEVICES = 'devices';

/**
 * The visible attributes: JSON texts by name. If there are devices, they are the attribute `devices`, an object by token,
 * whatever was sent by that name.
 */
export const attributesOf = ({
  attributes,
  devices,
}: Pick<ContactState, 'attributes' | 'devices'>): ReadonlyMap<string, string> => {
  const visible = new Map(
    [...attributes].flatMap(([name, { text }]) => (text === REMOVED ? [] : [[name, text]])),
  );
  const tokens = textsOf(devices);
  if (tokens.length > 0) visible.set(DEVICES, objectText(tokens));
  return visible;
};

/** The ids of the companies that a contact belongs to, in their order. */
export const companiesOf = ({ companies }: Pick<ContactState, 'companies'>): readonly string[] =>
  textsOf(companies).map(([groupId]) => groupId);

/** The contact that two contacts become: `into`, with all that is known of `from`. */
export const mergeContacts = (into: ContactState, from: ContactState, now: number): ContactState => ({
  ...into,
  identities: new Map([...into.identities, ...from.identities]),
  fields: mergeTimed(into.fields, from.fields),
  attributes: mergeTimed(into.attributes, from.attributes),
  companies: mergeTimed(into.companies, from.companies),
  devices: mergeTimed(into.devices, from.devices),
  createdAt: Math.min(into.createdAt, from.createdAt),
  updatedAt: now,
});

/** What changes of a contact. */
export interface ContactChange {
  readonly identities: ReadonlyMap<string, LinkedIdentity>;
  readonly fields: TimedValues;
  readonly attributes: TimedValues;
  readonly companies: TimedValues;
  readonly devices: TimedValues;
}

/** The values of a contact that are kept by the times of their last changes. */
const TIMED = ['fields', 'attributes', 'companies', 'devices'] as const;

/**
 * Applies a change to a contact. `updatedAt` becomes `now` only if a reader can see the difference; otherwise only the
 * times of values are later.
 * @returns the same object if nothing changes
 */
export const changeContact = (contact: ContactState, change: ContactChange, now: number): ContactState => {
  const added = [...change.identities].filter(([id]) => !contact.identities.has(id));
  const merged = {
    fields: mergeTimed(contact.fields, change.fields),
    attributes: mergeTimed(contact.attributes, change.attributes),
    companies: mergeTimed(contact.companies, change.companies),
    devices: mergeTimed(contact.devices, change.devices),
  };
  if (added.length === 0 && TIMED.every((name) => isSame(merged[name], contact[name]))) return contact;
  const isVisible = added.length > 0 || TIMED.some((name) => !looksSame(merged[name], contact[name]));
  return {
    ...contact,
    ...merged,
    identities: added.length === 0 ? contact.identities : new Map([...contact.identities, ...added]),
    updatedAt: isVisible ? now : contact.updatedAt,
  };
};

/** The id of an identity, its namespace and its time. */
const IDENTITY_BYTES = 48;

/** The approximate size of the item of a contact, or of one that has nothing but a change, in bytes, and not less than it is. */
export const stateBytes = (change: ContactChange): number => {
  let bytes = 200 + TIMED.reduce((sum, name) => sum + timedBytes(change[name]), 0);
  for (const { value } of change.identities.values()) bytes += Buffer.byteLength(value) + IDENTITY_BYTES;
  return bytes;
};
