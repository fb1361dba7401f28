import type { CompanyChange, HistoryMessage } from '../../imports/history-message.ts';
import { textsOf } from '../attributes.ts';
import { type Checked, rejected, valid } from '../checked.ts';
import { DELETING_COMPANIES_NOT_SUPPORTED } from '../not-supported.ts';
import type { Fields } from '../sent-value.ts';
import { attributesOf } from './attributes.ts';
import { nameOf, onlyName } from './identifiers.ts';
import { companyOf, type Member, membersOf, noRelationships } from './relationships.ts';
import { type TranslationContext, timeOf } from './time.ts';

/** The actions about an object. Source: Customer.io documentation, "Track API", version 2. */
const ACTIONS: readonly unknown[] = [
  'identify',
  'identify_anonymous',
  'add_relationships',
  'delete_relationships',
  'delete',
];

/** An empty text removes an attribute of an object, as null does. Source: Customer.io documentation, "Track API". */
const traitsOf = (attributes: Fields): ReadonlyMap<string, string> => {
  const kept = Object.entries(attributes).map(([name, value]) => [name, value === '' ? null : value]);
  return textsOf(Object.fromEntries(kept));
};

/** The persons of an operation; an anonymous one may stand beside the list. */
const personsOf = (operation: Fields): Checked<Member[]> => {
  const members = membersOf(operation['cio_relationships'], operation['action']);
  const anonymousId = operation['anonymous_id'];
  if (members.kind === 'rejected' || (anonymousId ?? null) === null) return members;
  const name = nameOf('anonymous_id', anonymousId, 'anonymous_id');
  if (name.kind === 'rejected') return name;
  const isMember = operation['action'] !== 'delete_relationships';
  return valid([...members.value, { name: name.value, isMember }]);
};

/**
 * What an operation says about an object, which is a company here: its attributes, and each of its relationships to a
 * person in a message of its own.
 */
export const objectMessages = (
  operation: Fields,
  context: TranslationContext,
): Checked<readonly HistoryMessage[]> => {
  const { action } = operation;
  if (!ACTIONS.includes(action)) return rejected('action', `action must be one of ${ACTIONS.join(', ')}`);
  if (action === 'delete') return rejected('action', DELETING_COMPANIES_NOT_SUPPORTED);
  const groupId = companyOf(operation['identifiers'], 'identifiers');
  if (groupId.kind === 'rejected') return groupId;
  const at = timeOf(operation['timestamp'], 'timestamp', context);
  if (at.kind === 'rejected') return at;
  const attributes = attributesOf(operation['attributes']);
  if (attributes.kind === 'rejected') return attributes;
  const persons = personsOf(operation);
  if (persons.kind === 'rejected') return persons;
  const messageOf = (company: Partial<CompanyChange>, names: HistoryMessage['names']): HistoryMessage => ({
    id: undefined,
    names,
    at: at.value,
    company: { groupId: groupId.value, traits: new Map(), isMember: undefined, ...company },
  });
  const memberships = persons.value.map(({ name, isMember }) => messageOf({ isMember }, onlyName(name)));
  if (action === 'identify' || action === 'identify_anonymous') {
    return valid([messageOf({ traits: traitsOf(attributes.value) }, {}), ...memberships]);
  }
  return memberships.length > 0 ? valid(memberships) : noRelationships();
};
