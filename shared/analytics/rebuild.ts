import pMap from 'p-map';
import { budgetOf, type RetryBudget, retrying } from '../aws/retry.ts';
import type { StoredEvent } from '../events/event-item.ts';
import type { EventReader } from '../events/event-store.ts';
import type { IdentityStore } from '../identities/identity-store.ts';
import { ORG_SHARDS } from '../identities/shards.ts';
import type { Clock } from '../time/clock.ts';
import { begun, closed, type Generations, switched } from './generations.ts';
import type { RebuildStore } from './rebuild-store.ts';
import { BASE, cellsOf, type Increments, increment, incrementId, rollupKey } from './rollup.ts';

/** What a rebuild needs. */
export interface RebuildDeps {
  readonly contacts: Pick<IdentityStore, 'idsOfShard'>;
  readonly events: Pick<EventReader, 'history'>;
  readonly rebuilds: RebuildStore;
  readonly now: Clock;
  /** Told now and then how many contacts were read so far. */
  readonly onProgress?: (contacts: number) => void;
}

/** What a rebuild has counted by itself; what was imported meanwhile, others have. */
export interface Rebuilt {
  readonly generation: number;
  readonly contacts: number;
  readonly events: number;
}

/** Thrown when another rebuild of the organisation has begun, or this one was taken for dead. Nothing has changed. */
export class RebuildLostError extends Error {
  override readonly name = 'RebuildLostError';
  /** Trying again cannot help. */
  readonly $fault = 'client';
}

const lost = () => new RebuildLostError('Another rebuild has taken over, or this one was taken for dead');

/** Who counts waits at most this long for a rebuild that has died, and then goes on without it. */
const LEASE_MS = 120_000;
const RENEW_MS = 20_000;

/** One call, with all its retries, takes at most this long; and so does reading a page of a history. */
const CALL_MS = 60_000;

/** Clocks differ; and each event of this last hour costs one more look. */
const CLOCK_MARGIN_MS = 3_600_000;

/** What a rebuild leaves is kept for a week, and needed for a day after it. */
const MAX_REBUILD_MS = 5 * 24 * 3_600_000;

/** Contacts read at once. */
const CONCURRENCY = 16;

const PAGE = 1_000;

/** The steps of one rebuild. */
const createRun = (deps: RebuildDeps, orgId: string, generations: Generations) => {
  const { contacts, events, rebuilds, now } = deps;
  const generation = generations.latest;
  const counts: Increments = new Map();
  const unsaved = new Set<string>();
  const seen = new Set<string>();
  const startedAt = now();
  let renewedAt = startedAt;
  let eventCount = 0;
  const budget = (): RetryBudget => budgetOf(CALL_MS, now);

  /** @throws {@link RebuildLostError} */
  const keepLease = async (): Promise<void> => {
    if (now() - renewedAt < RENEW_MS) return;
    renewedAt = now();
    if (renewedAt - startedAt > MAX_REBUILD_MS) throw new RebuildLostError('The rebuild took too long');
    const { building } = await rebuilds.generations(orgId, budget());
    if (building !== generation) throw lost();
    await rebuilds.lease(orgId, generation, renewedAt + LEASE_MS, budget());
    deps.onProgress?.(seen.size);
  };

  const historyOf = async (
    contactId: string,
  ): Promise<Pick<StoredEvent, 'kind' | 'type' | 'occurredAt' | 'sk'>[]> => {
    const history = [];
    for await (const page of events.history(orgId, contactId, { consistent: true })) {
      for (const { kind, type, occurredAt, sk } of page) history.push({ kind, type, occurredAt, sk });
      await keepLease();
    }
    return history;
  };

  const readContact = async (contactId: string): Promise<void> => {
    await keepLease();
    await rebuilds.begin(orgId, generation, contactId, budget());
    const history = await retrying(() => historyOf(contactId), budget());
    const sks = history.map(({ sk }) => sk);
    await rebuilds.finish(orgId, generation, contactId, sks, budget());
    for (const event of history) {
      for (const cell of cellsOf(event)) {
        const key = rollupKey(orgId, generation, BASE, cell);
        increment(counts, key, cell.field);
        unsaved.add(incrementId(key));
      }
    }
    eventCount += history.length;
  };

  const readContacts = async (contactIds: readonly string[]): Promise<void> => {
    const fresh = contactIds.filter((contactId) => !seen.has(contactId));
    for (const contactId of fresh) seen.add(contactId);
    await pMap(fresh, readContact, { concurrency: CONCURRENCY });
  };

  return {
    generation,

    /** Reads all contacts that exist; newer ones are told by who counts their events. */
    async readListed(): Promise<void> {
      for (let shard = 0; shard < ORG_SHARDS; shard++) {
        let after: string | undefined;
        do {
          const page = await contacts.idsOfShard(orgId, shard, PAGE, after);
          await readContacts(page.ids);
          after = page.next;
        } while (after !== undefined);
      }
    },

    /** Reads all contacts of which those who count have told. */
    readWanted: async (): Promise<void> => readContacts(await rebuilds.wanted(orgId, generation)),

    async save(): Promise<void> {
      const changed = [...unsaved].map((id) => counts.get(id)).filter((each) => each !== undefined);
      unsaved.clear();
      for (let at = 0; at < changed.length; at += PAGE) {
        await rebuilds.put(changed.slice(at, at + PAGE), budget());
        await keepLease();
      }
    },

    result: (): Rebuilt => ({ generation, contacts: seen.size, events: eventCount }),
  };
};

/**
 * Counts an organisation's events anew, from the events themselves, while imports go on. The reasoning is in
 * docs/adr/0006-analytics-exactly-once.md. It can be begun again at any time: the newest wins.
 *
 * @throws {@link RebuildLostError}
 */
export const rebuildAnalytics = async (deps: RebuildDeps, orgId: string): Promise<Rebuilt> => {
  const { rebuilds, now } = deps;
  const budget = () => budgetOf(CALL_MS, now);
  const change = async (from: Generations, to: Generations): Promise<Generations> => {
    if (await rebuilds.change(orgId, from, to, budget())) return to;
    throw lost();
  };

  const before = await rebuilds.generations(orgId, budget());
  // The lease first: who sees a rebuild without one takes it for dead.
  await rebuilds.lease(orgId, before.latest + 1, now() + LEASE_MS, budget());
  let generations = await change(before, begun(before));
  const run = createRun(deps, orgId, generations);
  try {
    await run.readListed();
    await run.readWanted();
    await run.save();
    generations = await change(generations, closed(generations));
    // Whoever left a contact to the rebuild has told before; from now on nobody does.
    await run.readWanted();
    await run.save();
    const checkUntil = Math.ceil((now() + CLOCK_MARGIN_MS) / 1_000);
    await change(generations, switched(generations, checkUntil));
  } catch (error) {
    if (error instanceof RebuildLostError) await rebuilds.remove(orgId, run.generation, budget());
    throw error;
  }
  for (let old = before.current; old < run.generation; old++) await rebuilds.remove(orgId, old, budget());
  return run.result();
};
