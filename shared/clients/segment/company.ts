import type { CompanyChange } from '../../imports/history-message.ts';
import { type Checked, valid } from '../checked.ts';
import { objectGroupId } from '../object-group.ts';
import { type Fields, idParser } from '../sent-value.ts';

/**
 * Creates a parser of the id of a company that may be an object of Customer.io with a type. The value of an id that is absent
 * is undefined.
 * @param field - the name of the id's field
 * @param typeField - the name of the type's field
 */
export const groupIdParser = (field: string, typeField: string) => {
  const idOf = idParser(field);
  const typeIdOf = idParser(typeField);
  return (id: unknown, typeId: unknown): Checked<string | undefined> => {
    const objectId = idOf(id);
    if (objectId.kind === 'rejected' || objectId.value === undefined) return objectId;
    const type = typeIdOf(typeId);
    if (type.kind === 'rejected') return type;
    // Once more: with its type, the id may have become too long.
    return idOf(objectGroupId(type.value, objectId.value));
  };
};

const contextGroupIdOf = idParser('context.groupId');

/**
 * The company of a message that is not about companies: `context.groupId`. Sources: June documentation, "Track"; Segment
 * documentation, "Spec: Common fields", Context.
 */
export const companyOfContext = (context: Fields): Checked<CompanyChange | undefined> => {
  const groupId = contextGroupIdOf(context['groupId']);
  if (groupId.kind === 'rejected') return groupId;
  return valid(
    groupId.value === undefined ? undefined : { groupId: groupId.value, traits: new Map(), isMember: true },
  );
};
