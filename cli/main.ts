import type { KeyStore, Organisation } from '#shared/keys/key-store.ts';
import { UsageError } from './deployment.ts';

/**
 * Runs a command. If it fails, prints the error and sets the exit code 1; of a {@link UsageError} only its message is
 * printed.
 */
export const runMain = async (main: () => Promise<void>): Promise<void> => {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof UsageError ? error.message : error);
    process.exitCode = 1;
  }
};

/**
 * The organisation of that name.
 * @throws {@link UsageError} if there is none
 */
export const organisationNamed = async (
  keys: Pick<KeyStore, 'organisation'>,
  name: string,
): Promise<Organisation> => {
  const organisation = await keys.organisation(name);
  if (organisation === undefined) throw new UsageError(`There is no organisation "${name}"`);
  return organisation;
};
