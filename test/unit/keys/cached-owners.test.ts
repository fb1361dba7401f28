import { apiKeyDigest, newApiKey } from '#shared/keys/api-key.ts';
import { createCachedOwners } from '#shared/keys/cached-owners.ts';
import type { KeyOwner } from '#shared/keys/key-store.ts';

const OWNER: KeyOwner = { orgId: 'o_1', keyId: 'key_1' };

const aStage = () => {
  const owners = new Map<string, KeyOwner>();
  const lookUps: string[] = [];
  let at = 0;
  const ownerOf = createCachedOwners(
    {
      ownerOf: async (digest) => {
        lookUps.push(digest);
        return owners.get(digest);
      },
    },
    () => at,
  );
  return { owners, lookUps, ownerOf, pass: (ms: number) => (at += ms) };
};

describe('the owner of a key', () => {
  it('is looked up by the digest of the key, once in a minute', async () => {
    const { owners, lookUps, ownerOf, pass } = aStage();
    const key = newApiKey();
    owners.set(apiKeyDigest(key), OWNER);

    const found = [await ownerOf(key)];
    pass(59_999);
    found.push(await ownerOf(key));

    expect(found).toEqual([OWNER, OWNER]);
    expect(lookUps).toEqual([apiKeyDigest(key)]);
  });

  it('ends within a minute after the key is revoked', async () => {
    const { owners, ownerOf, pass } = aStage();
    const key = newApiKey();
    owners.set(apiKeyDigest(key), OWNER);
    await ownerOf(key);
    owners.clear();

    pass(60_000);

    expect(await ownerOf(key)).toBeUndefined();
  });

  it('is remembered to be unknown', async () => {
    const { lookUps, ownerOf } = aStage();
    const key = newApiKey();

    await ownerOf(key);

    expect(await ownerOf(key)).toBeUndefined();
    expect(lookUps).toHaveLength(1);
  });
});
