/** Thrown at start-up when the environment lacks what a function needs; it names every missing variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads environment variables once, at start-up.
 *
 * @param names - what to read: the key is the name in the result, the value the variable's name
 * @param env - where to read it; the process's environment unless a test says otherwise
 * @returns the values by the keys of `names`; none is empty
 * @throws {@link ConfigError} naming every variable that is missing or empty
 */
export const readConfig = <K extends string>(
  names: Readonly<Record<K, string>>,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Readonly<Record<K, string>> => {
  const entries = Object.entries(names) as [K, string][];
  const missing = entries.filter(([, name]) => !env[name]).map(([, name]) => name);
  if (missing.length > 0) {
    throw new ConfigError(`Missing environment variables: ${missing.join(', ')}`);
  }
  return Object.fromEntries(entries.map(([key, name]) => [key, env[name]])) as Record<K, string>;
};
