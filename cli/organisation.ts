import type { Command } from 'commander';
import type { KeyStore, Organisation } from '#shared/keys/key-store.ts';
import { type DeploymentOptions, withDeployment } from './deployment.ts';
import { text } from './main.ts';
import { UserError } from './user-error.ts';

/** The options that {@link withOrganisation} adds. */
export interface OrganisationOptions extends DeploymentOptions {
  readonly org: string;
}

/** Adds the options that name an organisation of a deployment. */
export const withOrganisation = (command: Command): Command =>
  withDeployment(command.requiredOption('--org <name>', "the organisation's name", text));

/**
 * The organisation of that name.
 * @throws UserError if there is none
 */
export const organisationNamed = async (
  keys: Pick<KeyStore, 'organisation'>,
  name: string,
): Promise<Organisation> => {
  const organisation = await keys.organisation(name);
  if (organisation === undefined) throw new UserError(`There is no organisation "${name}"`);
  return organisation;
};
