import { MAX_METADATA_DEPTH } from '../../events/event-schemas.ts';
import { isAttributeName, MAX_ATTRIBUTES, MAX_NAME_CHARACTERS } from '../attributes.ts';
import { type Checked, rejected, valid } from '../checked.ts';
import { type Fields, mapOf } from '../sent-value.ts';

/** Fields that stand among the attributes, but are instructions to Customer.io or notes of its clients. */
const isInstruction = (name: string): boolean => name.startsWith('_') || name === 'cio_relationships';

/** The attributes of a person or an object without instructions; null is as good as none. */
export const attributesOf = (sent: unknown): Checked<Fields> => {
  const all = mapOf('attributes', sent, MAX_METADATA_DEPTH);
  if (all.kind === 'rejected') return all;
  const attributes = Object.entries(all.value).filter(([name]) => !isInstruction(name));
  if (attributes.length > MAX_ATTRIBUTES) {
    return rejected('attributes', `cannot identify more than ${MAX_ATTRIBUTES} attributes in one request`);
  }
  return attributes.every(([name]) => isAttributeName(name))
    ? valid(Object.fromEntries(attributes))
    : rejected('attributes', `attributes must have names of 1 to ${MAX_NAME_CHARACTERS} characters`);
};
