import { setTimeout as sleep } from 'node:timers/promises';
import { type Figure, figureOf, figureOfPairs, timed } from '../support/figures.ts';
import { isUnhurried } from '../support/pace.ts';
import { refresh } from '../support/refreshing.ts';
import { type Caller, createContacts, emailOf, setStreamConsumers, type World } from '../support/world.ts';

/** Contacts of the large job: all of its organisation's. In the run of everything there is time for fewer. */
const manyContacts = (): number => (isUnhurried() ? 50_000 : 30_000);

/** Contacts of the other organisation's small refresh: one message. */
const FEW_CONTACTS = 20;

/** Readings of each kind: when the stack is idle, and while the large job is running. */
const READINGS = 5;

/** How often a profile is read until it shows a new score. */
const POLL_MS = 50;

/** A live event that is not scored by then never will be. */
const SCORED_WITHIN_MS = 120_000;

/** How far a job is, as the API answers it. */
interface Progress {
  readonly status: string;
  readonly total: number;
  readonly done: number;
}

/** Sends a live event of a contact, and waits until its score includes it. Both of its steps are what a customer does. */
const scoreLiveEvent = async ({ call }: Caller, email: string): Promise<void> => {
  const profile = async () =>
    (await call('GET', `/v1/contacts?email=${email}`)) as { readonly scoredAt: string | null };
  const before = (await profile()).scoredAt;
  const event = { contactEmail: email, type: 'opened', occurredAt: new Date().toISOString() };
  await call('POST', '/v1/events/email/batch', { events: [event] });
  const deadline = Date.now() + SCORED_WITHIN_MS;
  while ((await profile()).scoredAt === before) {
    if (Date.now() > deadline) throw new Error('A live event was not scored');
    await sleep(POLL_MS);
  }
};

const readingsOf = async (work: (nth: number) => Promise<unknown>): Promise<number[]> => {
  const readings: number[] = [];
  for (let nth = 0; nth < READINGS; nth++) readings.push(await timed(() => work(nth)));
  return readings;
};

/** Evaluates everyone of an organisation, by a new segment. @returns how far that is */
const evaluateEveryone = async ({ call }: Caller): Promise<() => Promise<Progress>> => {
  const rule = { event: { kind: 'email', type: 'opened', within: '30d' } };
  const { id } = (await call('POST', '/v1/segments', { name: 'Openers', rule }, 201)) as { id: string };
  return async () =>
    ((await call('GET', `/v1/segments/${id}`)) as { readonly evaluation: Progress }).evaluation;
};

/**
 * What one organisation notices of another's job of everyone: its live events, which have a queue of their own, and a
 * small refresh, which shares the bulk queue with the large job. The floor of both is the same on an idle stack.
 */
export const measureFairness = async (world: World): Promise<Figure[]> => {
  const [large, small] = [
    await world.organisation('fairness-large'),
    await world.organisation('fairness-small'),
  ];
  const many = manyContacts();
  await createContacts(large, many);
  const ids = await createContacts(small, READINGS * 2 + FEW_CONTACTS);
  const few = ids.slice(-FEW_CONTACTS);
  await setStreamConsumers(world, true);

  // The first live event starts the functions that the others find warm.
  await scoreLiveEvent(small, emailOf(0));
  const liveIdle = await readingsOf((nth) => scoreLiveEvent(small, emailOf(nth)));
  await refresh(small, few);
  const refreshIdle = await readingsOf(() => refresh(small, few));

  const progress = await evaluateEveryone(large);
  while ((await progress()).done === 0) await sleep(POLL_MS);
  const liveLoaded = await readingsOf((nth) => scoreLiveEvent(small, emailOf(READINGS + nth)));
  const refreshLoaded = await readingsOf(() => refresh(small, few));
  const { status, total, done } = await progress();
  if (status !== 'running') throw new Error('The large job ended before all readings were taken');
  await setStreamConsumers(world, false);

  const beside = `beside a job of ${many.toLocaleString('en')} contacts of another organisation`;
  const pairsOf = (loaded: readonly number[], idle: readonly number[]) =>
    loaded.map((value, nth) => ({ value, floor: idle[nth] as number }));
  return [
    figureOfPairs(
      `fairness: a live event scored, ${beside}`,
      'wall ms',
      'the same on an idle stack',
      pairsOf(liveLoaded, liveIdle),
      2,
    ),
    figureOfPairs(
      `fairness: a refresh of ${FEW_CONTACTS} contacts, ${beside}`,
      'wall ms',
      'the same on an idle stack',
      pairsOf(refreshLoaded, refreshIdle),
    ),
    figureOf('fairness: the large job when the small ones were done', 'contacts planned', [total]),
    figureOf('fairness: the large job when the small ones were done', 'contacts refreshed', [done]),
  ];
};
