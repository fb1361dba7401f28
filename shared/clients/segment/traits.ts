import { MAX_METADATA_DEPTH } from '../../events/event-schemas.ts';
import { isTextOf } from '../../json/text.ts';
import { type Checked, rejected, valid } from '../checked.ts';
import { type Fields, mapOf } from '../sent-value.ts';

/** The maximum number of traits of a message. Source: Customer.io documentation, "Track API", limits of attributes. */
export const MAX_TRAITS = 300;

/** The maximum length of a trait's name, in characters: that of the name of an attribute in a batch. */
const MAX_NAME_CHARACTERS = 128;

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
  if (names.length > MAX_TRAITS) return rejected('traits', `traits must be at most ${MAX_TRAITS}`);
  return names.every((name) => isTextOf(1, MAX_NAME_CHARACTERS, name))
    ? valid(traits)
    : rejected('traits', `traits must have names of 1 to ${MAX_NAME_CHARACTERS} characters`);
};

/** The JSON texts of traits by name, `null` for those that are removed. */
export const textsOf = (traits: Fields): ReadonlyMap<string, string> =>
  new Map(Object.entries(traits).map(([name, value]) => [name, JSON.stringify(value)]));
