import fc from 'fast-check';
import { fromEventItem, type StoredEvent, toEventItem } from '#shared/events/event-item.ts';
import { positionOf } from '#shared/events/event-position.ts';
import { createEventReader } from '#shared/events/event-store.ts';
import type { Kind } from '#shared/events/kinds.ts';
import { identityIdOf } from '#shared/identities/contact-id.ts';
import { OutOfTimeError } from '#shared/time/out-of-time.ts';
import { aBudget, anEvent, NOW, ORG } from '#test/support/builders.ts';
import { newEventTable } from '#test/support/event-table.ts';

const idOf = (value: string | number) => identityIdOf(ORG, { namespace: 'userId', value: `${value}` });
const IDS = Array.from({ length: 4 }, (_, nth) => idOf(nth));

/** An event of one of the {@link IDS}. Few moments and kinds, so that several events have the same sort key. */
interface Sent {
  readonly history: number;
  readonly second: number;
  readonly kind: Kind;
}

const SENT: fc.Arbitrary<Sent> = fc.record({
  history: fc.nat(IDS.length - 1),
  second: fc.nat(12),
  kind: fc.constantFrom<Kind>('email', 'web'),
});

const aStage = () => {
  const table = newEventTable();
  const store = (historyId: string, event: Parameters<typeof anEvent>[0]): StoredEvent => {
    const item = toEventItem(ORG, historyId, anEvent(event));
    table.put(item);
    return fromEventItem(item);
  };
  const send = ({ history, second, kind }: Sent): StoredEvent =>
    store(IDS[history] as string, { kind, type: 'x', occurredAt: NOW + second * 1_000 });
  return { ...table, store, send, reader: createEventReader(table.client, 'events') };
};

const placeOf = ({ sk, contactId }: StoredEvent): string => positionOf(sk, contactId);

/** The positions of events, each once, oldest first. */
const inOrder = (events: readonly StoredEvent[]): string[] => [...new Set(events.map(placeOf))].toSorted();

const whole = async (history: AsyncIterable<readonly StoredEvent[]>): Promise<string[]> => {
  const positions: string[] = [];
  for await (const page of history) positions.push(...page.map(placeOf));
  return positions;
};

describe('the history of one identity', () => {
  it('is read by plain queries, page by page', async () => {
    const { reader, store, queries } = aStage();
    const metadata = JSON.stringify({ text: 'x'.repeat(300 * 1024) });
    const events = [0, 1, 2, 3, 4].map((nth) => store(idOf('a'), { occurredAt: NOW + nth, metadata }));

    const positions = await whole(reader.history(ORG, [idOf('a')], { consistent: true }));

    expect(positions).toEqual(inOrder(events));
    expect(queries).toHaveLength(2);
    expect(queries[0]).toEqual({
      TableName: 'events',
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: `${ORG}#${idOf('a')}` } },
      ConsistentRead: true,
    });
  });
});

describe('the history of several identities', () => {
  it('has every event of all of them, in order of sort keys, then of histories', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(SENT, { maxLength: 60 }), fc.boolean(), async (sent, consistent) => {
        const { reader, send, queries } = aStage();
        const events = sent.map(send);

        const positions = await whole(reader.history(ORG, IDS, { consistent }));

        expect(positions).toEqual(inOrder(events));
        expect(queries.every(({ ConsistentRead }) => ConsistentRead === consistent)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('has the same event of two histories twice', async () => {
    const { reader, store } = aStage();
    const events = [store(idOf('a'), { eventId: 'e-1' }), store(idOf('b'), { eventId: 'e-1' })];

    const positions = await whole(reader.history(ORG, [idOf('a'), idOf('b')], { consistent: true }));

    expect(new Set(events.map(({ sk }) => sk)).size).toBe(1);
    expect(positions).toEqual(inOrder(events));
  });

  it.each([
    ['small', 2, 3_000, 100],
    ['large', 20, 8, 200 * 1024],
    ['at first large', 20, 40, 0],
  ])(
    'is read in parts that are small in total: events that are %s',
    async (_case, histories, count, bytes) => {
      const { reader, store, queries } = aStage();
      const ids = Array.from({ length: histories }, (_, nth) => idOf(nth));
      const events = ids.flatMap((id) =>
        Array.from({ length: count }, (_, nth) => {
          const text = 'x'.repeat(bytes === 0 && nth === 0 ? 300 * 1024 : bytes);
          return store(id, { occurredAt: NOW + nth, metadata: JSON.stringify({ text }) });
        }),
      );
      let most = 0;
      const positions: string[] = [];

      for await (const page of reader.history(ORG, ids, { consistent: false })) {
        most = Math.max(
          most,
          page.reduce((sum, { metadata = '' }) => sum + metadata.length, 0),
        );
        positions.push(...page.map(placeOf));
      }

      expect(positions).toEqual(inOrder(events));
      // Four megabytes, or an event of each history.
      expect(most).toBeLessThan(Math.max(4 * 1024 * 1024, histories * 301 * 1024));
      expect(queries.length).toBeLessThan(histories * Math.max(20, count + 1));
    },
  );

  it('of a hundred identities is read by at most sixteen queries at once', async () => {
    const { reader, store, mostInFlight } = aStage();
    const ids = Array.from({ length: 100 }, (_, nth) => idOf(nth));
    const events = ids.map((id, nth) => store(id, { occurredAt: NOW + nth }));

    const positions = await whole(reader.history(ORG, ids, { consistent: false }));

    expect(positions).toEqual(inOrder(events));
    expect(mostInFlight()).toBe(16);
  });

  it('ends with an error if its time runs out', async () => {
    const { reader, send } = aStage();
    send({ history: 0, second: 0, kind: 'email' });
    const budget = aBudget(0);
    budget.advance(1);

    await expect(whole(reader.history(ORG, IDS, { consistent: false, budget }))).rejects.toThrow(
      OutOfTimeError,
    );
  });
});

describe('the timeline of several identities', () => {
  it('has each event once, newest first, while events arrive and identities are added between its pages', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(SENT, { maxLength: 40 }),
        fc.array(fc.array(SENT, { maxLength: 3 }), { maxLength: 12 }),
        fc.integer({ min: 1, max: 6 }),
        fc.constantFrom<Kind | undefined>(undefined, 'email', 'web'),
        fc.integer({ min: 1, max: IDS.length }),
        async (sent, arrivals, limit, kind, atFirst) => {
          const { reader, send } = aStage();
          const isShown = (event: StoredEvent) => kind === undefined || event.kind === kind;
          const known = sent.map(send);
          const listed: string[] = [];
          let after: string | undefined;

          for (let page = 0; page === 0 || after !== undefined; page++) {
            const histories = IDS.slice(0, atFirst + page);
            const expected = inOrder(
              known.filter((event) => histories.includes(event.contactId) && isShown(event)),
            )
              .filter((position) => after === undefined || position < after)
              .toReversed();
            const { events, next } = await reader.timeline(ORG, histories, { limit, kind, after });
            const positions = events.map(placeOf);
            // A page is the beginning of what there is after the position, and what follows is after the next one.
            expect(positions).toEqual(expected.slice(0, positions.length));
            expect(
              expected.slice(positions.length).every((position) => next !== undefined && position < next),
            ).toBe(true);
            listed.push(...positions);
            after = next;
            known.push(...(arrivals[page] ?? []).map(send));
          }

          expect(listed).toEqual([...new Set(listed)].toSorted().toReversed());
          const lasting = inOrder(
            sent
              .filter(({ history }) => history < atFirst)
              .map(send)
              .filter(isShown),
          );
          expect(listed).toEqual(expect.arrayContaining(lasting));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('of one kind is found among thousands of events, at a bounded cost of each page', async () => {
    const { reader, store, queries } = aStage();
    const ids = ['a', 'b', 'c'].map(idOf);
    const events = [0, 1_200, 2_400].map((at, nth) => store(ids[nth] as string, { occurredAt: NOW + at }));
    for (let at = 0; at < 2_400; at++) {
      store(ids[at % 2] as string, { kind: 'web', type: 'click', occurredAt: NOW + at });
    }
    const found: string[] = [];
    let after: string | undefined;

    do {
      const page = await reader.timeline(ORG, ids, { limit: 2, kind: 'email', after });
      found.push(...page.events.map(placeOf));
      after = page.next;
    } while (after !== undefined);

    expect(found).toEqual(inOrder(events).toReversed());
    expect(queries.every(({ Limit = 0 }) => Limit * ids.length <= 1_000)).toBe(true);
    expect(queries.length).toBeLessThan(12 * ids.length);
  });

  it('of a hundred identities is read at the same bounded cost', async () => {
    const { reader, store, queries } = aStage();
    const ids = Array.from({ length: 100 }, (_, nth) => idOf(nth));
    for (const id of ids) for (let at = 0; at < 15; at++) store(id, { occurredAt: NOW + at });

    const { events, next } = await reader.timeline(ORG, ids, { limit: 200 });

    expect(events).toHaveLength(200);
    expect(next).toBe(placeOf(events.at(-1) as StoredEvent));
    expect(queries.reduce((sum, { Limit = 0 }) => sum + Limit, 0)).toBeLessThanOrEqual(1_000);
  });

  it('of one identity costs one query for as many events as the page has', async () => {
    const { reader, send, queries } = aStage();
    for (let second = 0; second < 10; second++) send({ history: 0, second, kind: 'email' });

    const { events } = await reader.timeline(ORG, IDS.slice(0, 1), { limit: 4 });

    expect(events).toHaveLength(4);
    expect(queries).toMatchObject([{ Limit: 4 }]);
  });

  it('of large events holds a few of each history at once', async () => {
    const { reader, store } = aStage();
    const ids = Array.from({ length: 20 }, (_, nth) => idOf(nth));
    const metadata = JSON.stringify({ text: 'x'.repeat(250 * 1024) });
    const events = ids.flatMap((id) => [0, 1, 2].map((at) => store(id, { occurredAt: NOW + at, metadata })));
    const listed: string[] = [];
    let after: string | undefined;

    do {
      const page = await reader.timeline(ORG, ids, { limit: 50, after });
      // An event of each history is the least that can be merged.
      expect(page.events.length).toBeLessThanOrEqual(20);
      listed.push(...page.events.map(placeOf));
      after = page.next;
    } while (after !== undefined);

    expect(listed).toEqual(inOrder(events).toReversed());
  });
});
