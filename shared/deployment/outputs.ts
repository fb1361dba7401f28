import { OUTPUT } from './names.ts';

/**
 * A stack's outputs by the names of {@link OUTPUT}. CDK puts the construct's path before an output's name, and eight
 * digits behind it.
 *
 * @param outputs - as CloudFormation has them: names and values
 */
export const outputsByName = (
  outputs: Iterable<readonly [name: string, value: string]>,
): Readonly<Record<string, string>> => {
  const found = [...outputs];
  return Object.fromEntries(
    Object.values(OUTPUT).flatMap((name) => {
      const entry = found.find(([key]) => new RegExp(`${name}[0-9A-F]{8}$`).test(key));
      return entry === undefined ? [] : [[name, entry[1]]];
    }),
  );
};
