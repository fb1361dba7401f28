import { MAX_METADATA_DEPTH } from '../../events/event-schemas.ts';
import { isAttributeName, MAX_ATTRIBUTES, MAX_NAME_CHARACTERS } from '../attributes.ts';
import { type Checked, rejected, valid } from '../checked.ts';
import { type Fields, mapOf } from '../sent-value.ts';

/**
 * The traits of a message that satisfy the rules of attributes.
 * @param sources - objects of traits by the names of their fields; of two traits of the same name, the later one counts
 */
export const traitsOf = (sources: Fields): Checked<Fields> => {
  let traits: Fields = {};
  for (const [field, value] of Object.entries(sources)) {
    const map = mapOf(field, value, MAX_METADATA_DEPTH);
    if (map.kind === 'rejected') return map;
    traits = { ...traits, ...map.value };
  }
  const names = Object.keys(traits);
  if (names.length > MAX_ATTRIBUTES) return rejected('traits', `traits must be at most ${MAX_ATTRIBUTES}`);
  return names.every((name) => isAttributeName(name))
    ? valid(traits)
    : rejected('traits', `traits must have names of 1 to ${MAX_NAME_CHARACTERS} characters`);
};
