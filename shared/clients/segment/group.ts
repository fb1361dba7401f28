import { isEmpty, textsOf } from '../attributes.ts';
import { rejected, valid } from '../checked.ts';
import { fieldsOf } from '../sent-value.ts';
import { groupIdParser } from './company.ts';
import type { Reader } from './said.ts';
import { traitsOf } from './traits.ts';

const groupIdOf = groupIdParser('groupId', 'traits.object_type_id');

/**
 * Reads a `group`: the traits are those of the company, to which the person belongs from then on. Pipelines has objects of
 * several types, which are companies here; the type is in the traits, or beside them. Sources: Segment documentation, "Spec:
 * Group"; Customer.io documentation, "Pipelines API", group.
 */
export const readGroup: Reader = (message, { names }) => {
  const sent = fieldsOf(message['traits']);
  const typeId = sent?.['object_type_id'] ?? sent?.['objectTypeId'] ?? message['objectTypeId'];
  const groupId = groupIdOf(message['groupId'], typeId);
  if (groupId.kind === 'rejected') return groupId;
  if (groupId.value === undefined) return rejected('groupId', 'groupId is required');
  const traits = traitsOf({ traits: message['traits'] });
  if (traits.kind === 'rejected') return traits;
  return valid({
    company: {
      groupId: groupId.value,
      traits: textsOf(traits.value),
      isMember: isEmpty(names) ? undefined : true,
    },
  });
};
