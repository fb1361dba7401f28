import * as v from 'valibot';
import { documented, type JsonSchema } from '../json/documented.ts';
import { isJsonObject, numberOf } from '../json/lossless-json.ts';
import { isTextOf } from '../json/text.ts';

/**
 * The maximum number of weights: an organisation's settings are one small item, and more weights would need a table. With
 * the longest names, all of their characters escaped in JSON (six bytes each), this many fit into the 400 KB of an item.
 */
export const MAX_WEIGHTS = 500;
const MAX_WEIGHT = 1_000;

const INVALID_WEIGHT = `must be a number from -${MAX_WEIGHT} to ${MAX_WEIGHT}`;

/** The JSON Schema of a weight. */
export const WEIGHT: JsonSchema = { type: 'number', minimum: -MAX_WEIGHT, maximum: MAX_WEIGHT };

/**
 * A schema of the weight of an event.
 * @param jsonSchema - for the contract. @default - {@link WEIGHT}
 */
export const weightSchema = (jsonSchema = WEIGHT) =>
  v.pipe(
    v.unknown(),
    documented(jsonSchema),
    v.transform(numberOf),
    v.number(INVALID_WEIGHT),
    v.minValue(-MAX_WEIGHT, INVALID_WEIGHT),
    v.maxValue(MAX_WEIGHT, INVALID_WEIGHT),
  );
/** The weight of an event. */
export const WeightSchema = weightSchema();

/** The JSON Schema of a weight that has a default. */
export const weightByDefault = (value: number): JsonSchema => ({
  ...WEIGHT,
  description: `Default: ${value}`,
});

/**
 * Weights by names of the senders' own. Every name is a key of its own, also `__proto__` and names with dots.
 *
 * @param maxCharacters - the maximum length of a name
 * @param maxNames - the number of names that the JSON Schema allows; the caller checks it
 * @param description - for the contract
 */
export const nameWeights = (maxCharacters: number, maxNames: number, description: string) =>
  v.pipe(
    v.custom<Record<string, unknown>>(isJsonObject, 'must be an object'),
    documented({
      type: 'object',
      description,
      propertyNames: { minLength: 1, maxLength: maxCharacters },
      additionalProperties: WEIGHT,
      maxProperties: maxNames,
    }),
    // Not v.record, which silently ignores keys such as __proto__.
    v.rawTransform(({ dataset, addIssue, NEVER }): Readonly<Record<string, number>> => {
      const input = dataset.value;
      const weights: [string, number][] = [];
      for (const [name, value] of Object.entries(input)) {
        if (!isTextOf(1, maxCharacters, name)) {
          addIssue({ message: `must have names of 1 to ${maxCharacters} characters` });
          return NEVER;
        }
        const weight = v.safeParse(WeightSchema, value);
        if (!weight.success) {
          const path = { type: 'object', origin: 'value', input, key: name, value } as const;
          addIssue({ message: INVALID_WEIGHT, path: [path] });
          return NEVER;
        }
        weights.push([name, weight.output]);
      }
      return Object.fromEntries(weights);
    }),
  );
