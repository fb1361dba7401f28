import { LRUCache } from 'lru-cache';
import type { Clock } from '../time/clock.ts';

/** The requests of organisations that all instances of a function have counted, by second. */
export interface ThrottleStore {
  /**
   * Adds requests of an organisation to a second.
   * @param second - seconds since 1970
   * @returns the number of requests of that second, these included
   */
  add(orgId: string, second: number, requests: number): Promise<number>;
}

/**
 * Counts a request of an organisation.
 * @returns the seconds after which to try again if it has too many; undefined if it may proceed
 */
export type Throttle = (orgId: string) => Promise<number | undefined>;

/**
 * The requests of an organisation in a second that an instance lets pass without counting them with the others. An instance serves
 * one request at a time, each in some 10 ms: below a tenth of what it could serve, an organisation is far from its limit, and
 * counting would cost a write for each request.
 */
const UNCOUNTED = 10;

/** The requests that an instance counts at once, so that at the limit a second takes 20 to 40 writes. */
const COUNTED_AT_ONCE = 25;

/** The number of organisations that an instance remembers. */
const ORGANISATIONS = 1_000;

/** Requests of an organisation in one second, as an instance knows them. */
interface Second {
  readonly second: number;
  passed: number;
  /** How many may pass before they are counted again. */
  granted: number;
}

/**
 * Creates the throttle of organisations for routes that API Gateway does not throttle by organisation, since they have no
 * authorizer that tells it the organisation. The limit holds for all instances together, give or take {@link UNCOUNTED} requests
 * for each. If the store fails, requests pass: the throttle protects others from one organisation, and must not stop all of them.
 *
 * @param perSecond - the limit of one organisation
 */
export const createThrottle = (store: ThrottleStore, perSecond: number, now: Clock): Throttle => {
  const seconds = new LRUCache<string, Second>({ max: ORGANISATIONS });
  return async (orgId) => {
    const second = Math.floor(now() / 1_000);
    let current = seconds.get(orgId);
    if (current?.second !== second) {
      current = { second, passed: 0, granted: Math.min(UNCOUNTED, perSecond) };
      seconds.set(orgId, current);
    }
    current.passed += 1;
    if (current.passed <= current.granted) return undefined;
    // Those that passed uncounted are counted with the first that are.
    const requests = COUNTED_AT_ONCE + (current.granted === UNCOUNTED ? UNCOUNTED : 0);
    const total = await store.add(orgId, second, requests).catch(() => 0);
    if (total - requests >= perSecond) return 1;
    current.granted += COUNTED_AT_ONCE;
    return undefined;
  };
};
