import { LRUCache } from 'lru-cache';
import type { Clock } from '../time/clock.ts';
import { apiKeyDigest } from './api-key.ts';
import type { KeyOwner, KeyStore } from './key-store.ts';

/**
 * The longest time for which a revoked key remains valid, in ms, and an unknown one is refused without a look-up: that of API
 * Gateway's cache of the authorizer (infra/stages/api.ts). Source: product requirement, "ends within a minute".
 */
const CACHE_MS = 60_000;

/** The number of keys that a function remembers: an entry has less than 1 KB. */
const CACHED_KEYS = 5_000;

/** The owner of an API key; undefined if the key is unknown or revoked. */
export type OwnerOf = (apiKey: string) => Promise<KeyOwner | undefined>;

/**
 * Creates a look-up of keys that remembers its results for {@link CACHE_MS} in the memory of the function, by digests. For
 * routes without an authorizer, since API Gateway's sees no body and answers by itself if a header is missing.
 */
export const createCachedOwners = (keys: Pick<KeyStore, 'ownerOf'>, now: Clock): OwnerOf => {
  const cache = new LRUCache<string, { readonly owner: KeyOwner | undefined; readonly until: number }>({
    max: CACHED_KEYS,
  });
  return async (apiKey) => {
    const digest = apiKeyDigest(apiKey);
    const cached = cache.get(digest);
    if (cached !== undefined && now() < cached.until) return cached.owner;
    const until = now() + CACHE_MS;
    const owner = await keys.ownerOf(digest);
    cache.set(digest, { owner, until });
    return owner;
  };
};
