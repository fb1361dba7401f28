import type { CompanyChange } from '../../imports/history-message.ts';
import { type Checked, rejected, valid } from '../checked.ts';
import { objectGroupId } from '../object-group.ts';
import { type Fields, fieldsOf, textOf } from '../sent-value.ts';
import { type PersonName, personOf } from './identifiers.ts';

const FIELD = 'cio_relationships';

/** The actions that make and end relationships, by whether a person belongs to the object from then on. */
const IS_MEMBER: ReadonlyMap<unknown, boolean> = new Map([
  ['add_relationships', true],
  ['delete_relationships', false],
]);

/** What a message says about relationships, not validated yet. */
interface Relationships {
  readonly isMember: boolean;
  readonly parties: readonly unknown[];
}

/** Version 1 names the action beside the list, in version 2 it is the operation's; an identify adds by default. */
const relationshipsOf = (sent: unknown, action: unknown): Checked<Relationships> => {
  const named = fieldsOf(sent);
  const list = (named === undefined ? sent : named['relationships']) ?? [];
  const said = named?.['action'] ?? undefined;
  const isMember = IS_MEMBER.get(said ?? action) ?? (said === undefined ? true : undefined);
  if (isMember === undefined) {
    return rejected(FIELD, `${FIELD}.action must be add_relationships or delete_relationships`);
  }
  return Array.isArray(list)
    ? valid({ isMember, parties: list })
    : rejected(FIELD, `${FIELD} must be an array`);
};

/** Validates the parties in their order; the first that breaks a rule rejects them all. */
const allOf = <T>(
  parties: readonly unknown[],
  check: (identifiers: unknown, field: string) => Checked<T>,
): Checked<T[]> => {
  const values: T[] = [];
  for (const [nth, party] of parties.entries()) {
    const checked = check(fieldsOf(party)?.['identifiers'], `${FIELD}[${nth}].identifiers`);
    if (checked.kind === 'rejected') return checked;
    values.push(checked.value);
  }
  return valid(values);
};

/** The maximum length of an id, in UTF-8 bytes: that of other ids. */
const MAX_ID_BYTES = 256;

/** An id as text, trimmed; undefined if it is none. Types are numbers for some clients, and texts for others. */
const idOf = (sent: unknown): string | undefined => {
  const text = textOf(sent);
  const id = text?.isWellFormed() ? text.trim() : '';
  return id === '' ? undefined : id;
};

/** The parts of the id of a company; undefined if an object is not named. */
const partsOf = (identifiers: Fields): [string, string] | undefined => {
  const type = idOf(identifiers['object_type_id']);
  const id = idOf(identifiers['object_id']);
  if (type !== undefined && id !== undefined) return [type, id];
  // Customer.io's own id of the object: which type and id it has is not known here, so it is a company of its own.
  const cioId = idOf(identifiers['cio_object_id']);
  return cioId === undefined ? undefined : ['cio', cioId];
};

/**
 * The id of the company that an object is.
 * @param field - the object's identifiers as the client names them
 */
export const companyOf = (sent: unknown, field: string): Checked<string> => {
  const parts = partsOf(fieldsOf(sent) ?? {});
  if (parts === undefined) {
    return rejected(field, `${field} must have object_type_id and object_id, or cio_object_id`);
  }
  const groupId = objectGroupId(...parts);
  return Buffer.byteLength(groupId) <= MAX_ID_BYTES
    ? valid(groupId)
    : rejected(field, `${field} must be of at most ${MAX_ID_BYTES} bytes in all`);
};

/**
 * What a message about a person says about objects.
 * @param sent - the field `cio_relationships`
 */
export const companiesOf = (sent: unknown, action: unknown): Checked<CompanyChange[]> => {
  const relationships = relationshipsOf(sent, action);
  if (relationships.kind === 'rejected') return relationships;
  const { isMember, parties } = relationships.value;
  return allOf(parties, (identifiers, field) => {
    const company = companyOf(identifiers, field);
    return company.kind === 'rejected'
      ? company
      : valid({ groupId: company.value, traits: new Map(), isMember });
  });
};

/** A person whose relationship to an object begins or ends. */
export interface Member {
  readonly name: PersonName;
  readonly isMember: boolean;
}

/**
 * What a message about an object says about persons.
 * @param sent - the field `cio_relationships`
 */
export const membersOf = (sent: unknown, action: unknown): Checked<Member[]> => {
  const relationships = relationshipsOf(sent, action);
  if (relationships.kind === 'rejected') return relationships;
  const { isMember, parties } = relationships.value;
  return allOf(parties, (identifiers, field) => {
    const person = personOf(identifiers, field);
    return person.kind === 'rejected' ? person : valid({ name: person.value, isMember });
  });
};

/** The rejection of an action about relationships that names none. */
export const noRelationships = () => rejected(FIELD, `${FIELD} must have at least one relationship`);
