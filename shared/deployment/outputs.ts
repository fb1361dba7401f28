import { OUTPUT } from './names.ts';

/**
 * Returns a stack's outputs by the names of {@link OUTPUT}. CDK prefixes an output's name with the construct's path and
 * appends eight hexadecimal digits.
 *
 * @param outputs - the stack's outputs as CloudFormation lists them
 * @returns the values of the outputs that the stack has
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
