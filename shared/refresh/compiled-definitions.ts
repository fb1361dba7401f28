import { LRUCache } from 'lru-cache';
import type { RetryBudget } from '../aws/retry.ts';
import type { SegmentStore } from '../segments/segment-store.ts';
import type { Clock } from '../time/clock.ts';
import { type Compute, compileDefinitions } from './computed.ts';

/**
 * Returns the function that computes contacts by the definitions that an organisation has at the time of the call, or
 * newer ones.
 * @throws OutOfTimeError
 */
export type ComputeOf = (orgId: string, budget: RetryBudget) => Promise<Compute>;

/**
 * The size of the cache, in characters of rules: as many as one organisation may have (200 segments of 50,000), which
 * take some 50 MB when they are compiled. Most organisations have a few thousand.
 */
const MAX_CHARACTERS = 10_000_000;

/** What an organisation counts for at least, so that the number of organisations is bounded too. */
const MIN_CHARACTERS = 1_000;

/**
 * How long definitions are used without being read again, in ms. Their version tells about every change that this service
 * makes; this bounds what a change by hand can do.
 */
const MAX_AGE_MS = 600_000;

interface Compiled {
  readonly version: number;
  readonly compute: Compute;
  readonly characters: number;
}

/** A read of definitions. */
interface Entry {
  /** The version that was asked for; once they are read, the version that they are. */
  readonly version: number;
  readonly characters: number;
  readonly reading: Promise<Compiled>;
}

/**
 * Creates a cache of compiled definitions. Each call reads the small item of the version, and all definitions only if the
 * process does not have that version yet; concurrent calls share one read.
 *
 * The order makes it correct: a call reads the version first, and gets definitions that *are* this version, which the sum
 * of their revisions tells (definition-store.ts), or that were read after it. Definitions that change while they are read
 * may be partly old and partly new. Only the call that began such a read gets them, and for that call they are right: the
 * change was not confirmed when it asked, so whoever made the change refreshes the contacts later.
 */
export const createComputeOf = (
  segments: Pick<SegmentStore, 'version' | 'definitions'>,
  now: Clock,
): ComputeOf => {
  const cache = new LRUCache<string, Entry>({
    maxSize: MAX_CHARACTERS,
    sizeCalculation: ({ characters }) => Math.min(characters, MAX_CHARACTERS),
    ttl: MAX_AGE_MS,
    // The age counts from the beginning of the read, not from its end.
    noUpdateTTL: true,
    ttlResolution: 0,
    perf: { now },
  });

  const compile = async (orgId: string, budget: RetryBudget): Promise<Compiled> => {
    const definitions = await segments.definitions(orgId, budget);
    const lengths = definitions.segments.map(({ rule }) => JSON.stringify(rule).length);
    return {
      version: definitions.version,
      compute: compileDefinitions(definitions),
      characters: lengths.reduce((sum, length) => sum + length, MIN_CHARACTERS),
    };
  };

  const read = async (orgId: string, version: number, budget: RetryBudget): Promise<Compute> => {
    const reading = compile(orgId, budget);
    const entry: Entry = { version, characters: MIN_CHARACTERS, reading };
    cache.set(orgId, entry, { noUpdateTTL: false });
    try {
      const { compute, ...read } = await reading;
      if (cache.peek(orgId) === entry) cache.set(orgId, { ...read, reading });
      return compute;
    } catch (error) {
      if (cache.peek(orgId) === entry) cache.delete(orgId);
      throw error;
    }
  };

  return async (orgId, budget) => {
    const version = await segments.version(orgId, budget);
    const entry = cache.get(orgId);
    if (entry?.version !== version) return read(orgId, version, budget);
    // Another call began this read: perhaps before this call asked for the version, and perhaps with less time.
    const compiled = await entry.reading.catch(() => undefined);
    if (compiled?.version !== version) return read(orgId, version, budget);
    return compiled.compute;
  };
};
