import { randomBytes } from 'node:crypto';
import type { Clock } from '../time/clock.ts';
import { apiKeyDigest, newApiKey, newOrgId, shownPrefix } from './api-key.ts';
import { type KeyStore, NameTakenError, type Organisation } from './key-store.ts';

/** The dependencies of {@link issueKey}. */
export interface IssueKeyDeps {
  readonly keys: KeyStore;
  readonly now: Clock;
  /** Sets up the organisation's own throttle; called before every key is created, and safe to repeat. */
  readonly registerUsage: (organisation: Organisation) => Promise<void>;
}

/** A key that was just created. The key itself is not stored, so it cannot be shown again. */
export interface IssuedKey {
  readonly apiKey: string;
  readonly keyId: string;
  readonly organisation: Organisation;
}

const findOrCreateOrganisation = async ({ keys, now }: IssueKeyDeps, name: string): Promise<Organisation> => {
  const known = await keys.organisation(name);
  if (known !== undefined) return known;
  const organisation = { id: newOrgId(), name, createdAt: new Date(now()).toISOString() };
  try {
    await keys.createOrganisation(organisation);
    return organisation;
  } catch (error) {
    if (!(error instanceof NameTakenError)) throw error;
    return (await keys.organisation(name)) as Organisation;
  }
};

/**
 * Creates an API key, and the organisation if none with this name exists.
 * @param name - the organisation's name
 * @param label - the purpose of the key, shown in lists
 */
export const issueKey = async (deps: IssueKeyDeps, name: string, label: string): Promise<IssuedKey> => {
  const organisation = await findOrCreateOrganisation(deps, name);
  await deps.registerUsage(organisation);
  const apiKey = newApiKey();
  const keyId = `k_${randomBytes(6).toString('hex')}`;
  await deps.keys.createKey(apiKeyDigest(apiKey), {
    orgId: organisation.id,
    keyId,
    label,
    prefix: shownPrefix(apiKey),
    createdAt: new Date(deps.now()).toISOString(),
  });
  return { apiKey, keyId, organisation };
};
