/** Thrown at start-up when required environment variables are missing; the message names all of them. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads environment variables once, at start-up.
 *
 * @param names - the variables' names, by the keys of the result
 * @param env - the environment to read. @default - the environment of the process
 * @returns the non-empty values by the keys of `names`
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
