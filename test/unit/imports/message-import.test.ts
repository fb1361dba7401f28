import fc from 'fast-check';
import { contactOf } from '#shared/contacts/contact-item.ts';
import { fromEventItem } from '#shared/events/event-item.ts';
import { identityIdOf } from '#shared/identities/contact-id.ts';
import type { HistoryMessage } from '#shared/imports/history-message.ts';
import { NOW, ORG } from '#test/support/builders.ts';
import { completed } from '#test/support/import-world.ts';
import { aHistoryMessage, aMessageWorld, purchased } from '#test/support/message-world.ts';

const idOf = (namespace: 'userId' | 'anonymousId' | 'email', value: string): string =>
  identityIdOf(ORG, { namespace, value });
const USER = idOf('userId', '5');

describe('importing messages', () => {
  it('creates the contact of an event, and stores the event in the history of its strongest identity', async () => {
    const { run, contacts, events } = aMessageWorld();
    const message = aHistoryMessage({
      id: 'm-1',
      names: { anonymousId: 'a-1', userId: '5' },
      event: purchased('{"price":23.45}'),
    });

    const outcome = completed(await run([message]));

    expect(outcome).toMatchObject({ imported: 1, left: 0, errors: [], notLinked: [] });
    expect([...outcome.contacts]).toEqual([USER]);
    expect(contacts().map(contactOf)).toMatchObject([{ contactId: USER, externalId: '5' }]);
    expect([...events.values()].map(fromEventItem)).toMatchObject([
      {
        contactId: USER,
        kind: 'track',
        type: 'purchased',
        occurredAt: NOW - 1_000,
        metadata: '{"price":23.45}',
        eventId: 'm-1',
      },
    ]);
  });

  it('writes nothing but the event if the contact is known by all names of the message', async () => {
    const { run, transactions } = aMessageWorld();
    const names = { anonymousId: 'a-1', userId: '5' };
    await run([aHistoryMessage({ names })]);
    const before = transactions.length;

    await run([aHistoryMessage({ names, event: purchased() })]);

    expect(transactions).toHaveLength(before);
  });

  it('opens a receipt before anything is stored, and closes it with what was refused', async () => {
    const { run, receipts } = aMessageWorld();
    const rejected = { kind: 'rejected', field: 'event', reason: 'event is required' } as const;

    await run([aHistoryMessage({ event: purchased() }), rejected], { ids: ['m-1', 'm-2'] });

    expect(receipts).toMatchObject([
      {
        endpoint: 'stream',
        received: 2,
        touched: [USER],
        outcome: {
          state: 'completed',
          imported: 1,
          skipped: 1,
          reasons: { 'event is required': 1 },
          details: {
            errors: [{ index: 1, messageId: 'm-2', reason: 'event is required' }],
            notLinked: [],
          },
        },
      },
    ]);
  });

  it('lists identities that belong to somebody else, with the ids of both contacts', async () => {
    const { run, receipts } = aMessageWorld();
    await run([aHistoryMessage({ names: { userId: '6', anonymousId: 'shared' } })]);

    await run([aHistoryMessage({ names: { userId: '5', anonymousId: 'shared' }, event: purchased() })]);

    expect(receipts[1]?.outcome?.details?.notLinked).toEqual([
      {
        index: 0,
        namespace: 'anonymousId',
        reason: 'identity_conflict',
        contactId: USER,
        belongsTo: idOf('userId', '6'),
      },
    ]);
  });

  it('lists 100 refused messages, and counts all', async () => {
    const { run, receipts } = aMessageWorld();
    const rejected = { kind: 'rejected', field: 'event', reason: 'event is required' } as const;

    await run(Array(130).fill(rejected));

    expect(receipts[0]?.outcome?.details?.errors).toHaveLength(100);
    expect(receipts[0]?.outcome?.skipped).toBe(130);
  });

  it('refuses an event that no item can hold, and creates no contact for it', async () => {
    const { run, contacts } = aMessageWorld();

    const outcome = completed(
      await run([aHistoryMessage({ event: purchased(JSON.stringify({ x: 'x'.repeat(420_000) })) })]),
    );

    expect(outcome.errors).toMatchObject([{ index: 0, reason: 'Event is too large to store' }]);
    expect(contacts()).toEqual([]);
  });

  it('reports messages that are not stored in time as left', async () => {
    const { run, receipts } = aMessageWorld({ leaves: (items) => items.slice(1) });

    const outcome = await run([
      aHistoryMessage({ id: '1', event: purchased() }),
      aHistoryMessage({ id: '2', event: purchased() }),
      aHistoryMessage({ attributes: new Map([['plan', '"pro"']]) }),
    ]);

    expect(outcome).toMatchObject({ kind: 'incomplete', imported: 2, left: 1 });
    expect(receipts[0]?.outcome).toMatchObject({ state: 'incomplete', imported: 2 });
  });

  it.each([
    ['open', 'nothing-stored'],
    ['close', 'not-closed'],
  ] as const)('says so if the receipt cannot be written in time: %s', async (slow, kind) => {
    const { run } = aMessageWorld({ slow });

    expect(await run([aHistoryMessage()])).toMatchObject({ kind });
  });
});

describe('what messages say about people', () => {
  it('is kept by the time of the message, whenever it arrives', async () => {
    const { run, contacts } = aMessageWorld();
    const plan = (text: string, at: number) =>
      aHistoryMessage({ at, attributes: new Map([['plan', JSON.stringify(text)]]) });

    await run([plan('pro', NOW - 1)]);
    await run([plan('free', NOW - 9)]);

    expect(contacts().map(contactOf)[0]?.attributes.get('plan')).toBe('"pro"');
  });

  it('is ordered by position if messages of a request have no time', async () => {
    const { run, contacts } = aMessageWorld();
    const plan = (text: string, nth: number) =>
      aHistoryMessage({ at: NOW, nth, attributes: new Map([['plan', JSON.stringify(text)]]) });

    await run([plan('b', 1)]);
    await run([plan('z', 0)]);

    expect(contacts().map(contactOf)[0]?.attributes.get('plan')).toBe('"b"');
  });

  it('does not let an event decide which address is shown', async () => {
    const { run, contacts } = aMessageWorld();
    const names = (email: string) => ({ userId: '5', email });
    await run([aHistoryMessage({ at: NOW - 50, names: names('old@example.com'), attributes: new Map() })]);

    await run([aHistoryMessage({ at: NOW, names: names('zzz@example.com'), event: purchased() })]);

    expect(contacts().map(contactOf)[0]?.email).toBe('old@example.com');
  });

  it('is skipped if the person must exist and does not', async () => {
    const { run, contacts } = aMessageWorld();
    const update = (userId: string) =>
      aHistoryMessage({ names: { userId }, mustExist: true, attributes: new Map([['a', '1']]) });

    const outcome = completed(
      await run([update('5'), aHistoryMessage({ names: { userId: '6' } }), update('6')]),
    );

    expect(outcome.errors).toMatchObject([{ index: 0, reason: 'Contact not found' }]);
    expect(contacts().map(({ contactId }) => contactId)).toEqual([idOf('userId', '6')]);
  });
});

describe('messages without a time of their own', () => {
  const undated = (overrides: Partial<HistoryMessage>) =>
    aHistoryMessage({ isUndated: true, event: purchased(), ...overrides });

  it('are stored once if a client sends them again, at their first arrival', async () => {
    const { run, events } = aMessageWorld();
    await run([undated({ id: 'm-1', at: NOW - 500 })]);

    await run([undated({ id: 'm-1', at: NOW }), undated({ id: 'm-1', at: NOW })]);

    expect([...events.values()].map(fromEventItem)).toMatchObject([{ occurredAt: NOW - 500 }]);
  });

  it('do not bring back what a later one has changed', async () => {
    const { run, contacts } = aMessageWorld();
    const plan = (id: string, at: number) =>
      undated({ id, at, attributes: new Map([['plan', JSON.stringify(id)]]) });
    await run([plan('a', NOW - 2)]);
    await run([plan('b', NOW - 1)]);

    await run([plan('a', NOW)]);

    expect(contacts().map(contactOf)[0]?.attributes.get('plan')).toBe('"b"');
  });

  it('are distinct without an id', async () => {
    const { run, events } = aMessageWorld();

    await run([undated({ at: NOW - 500 }), undated({ at: NOW })]);

    expect(events.size).toBe(2);
  });
});

describe('explicit merges', () => {
  const alias: Partial<HistoryMessage> = {
    names: { userId: '5' },
    absorbed: [
      { namespace: 'userId', shown: 'old' },
      { namespace: 'anonymousId', shown: 'old' },
    ],
  };

  it('make contacts one, although each has a user id', async () => {
    const { run, contacts, refreshed } = aMessageWorld();
    await run([aHistoryMessage({ names: { userId: 'old' } }), aHistoryMessage()]);

    await run([aHistoryMessage(alias)]);

    expect(contacts().map(contactOf)).toHaveLength(1);
    expect(contacts().map(({ contactId }) => contactId)).toEqual([USER]);
    expect(new Set(refreshed)).toEqual(new Set([USER]));
  });

  it('may arrive before what they merge', async () => {
    const { run, contacts } = aMessageWorld();
    await run([aHistoryMessage(alias)]);

    await run([
      aHistoryMessage({ names: { anonymousId: 'old' }, event: purchased() }),
      aHistoryMessage({ names: { userId: 'old' }, event: purchased() }),
    ]);

    expect(contacts().map(({ contactId }) => contactId)).toEqual([USER]);
  });

  it('write nothing when they are repeated', async () => {
    const { run, transactions } = aMessageWorld();
    await run([aHistoryMessage(alias)]);
    const before = transactions.length;

    const outcome = completed(await run([aHistoryMessage(alias)]));

    expect(outcome.imported).toBe(1);
    expect(transactions).toHaveLength(before);
  });
});

describe('companies', () => {
  const group = (overrides: Partial<HistoryMessage> = {}) =>
    aHistoryMessage({
      company: { groupId: 'A', traits: new Map([['name', '"SpaceX"']]), isMember: true },
      ...overrides,
    });

  it('get traits, and the contact belongs to them by the identity that a list of members names', async () => {
    const { run, contacts, companies } = aMessageWorld();

    await run([group()]);

    expect(companies.traits.get('A')?.get('name')?.text).toBe('"SpaceX"');
    expect([...companies.members]).toEqual([`A ${USER}`]);
    expect(contacts()[0]?.companies.get('A')?.text).toBe(JSON.stringify(USER));
  });

  it('change the contact once a day, if events name them', async () => {
    const { run, transactions } = aMessageWorld();
    const event = (id: string, at: number) =>
      aHistoryMessage({
        id,
        at,
        event: purchased(),
        company: { groupId: 'A', traits: new Map(), isMember: true },
      });
    await run([event('1', NOW - 5_000)]);
    const before = transactions.length;

    await run([event('2', NOW - 3_000), event('3', NOW - 1_000)]);

    expect(transactions).toHaveLength(before);
  });

  it('may be all that a message is about', async () => {
    const { run, contacts, companies } = aMessageWorld();

    const outcome = completed(
      await run([group({ names: {}, company: { groupId: 'A', traits: new Map(), isMember: undefined } })]),
    );

    expect(outcome.imported).toBe(1);
    expect(companies.traits.has('A')).toBe(true);
    expect(contacts()).toEqual([]);
  });

  it('that are refused refuse the message, of which nothing is stored', async () => {
    const { run, contacts, companies } = aMessageWorld();
    companies.refused.set('A', 'Company is too large to store');

    const outcome = completed(await run([group()]));

    expect(outcome.errors).toMatchObject([{ reason: 'Company is too large to store' }]);
    expect(contacts()).toEqual([]);
  });

  it('are left when a later message says so', async () => {
    const { run, contacts } = aMessageWorld();
    await run([group()]);

    await run([group({ at: NOW, company: { groupId: 'A', traits: new Map(), isMember: false } })]);

    expect(contacts().map(contactOf)[0]?.companies).toEqual([]);
  });
});

describe('messages of one person, in any order, cut anywhere, and twice', () => {
  const names = fc.constantFrom(
    { userId: '5' },
    { anonymousId: 'a' },
    { userId: '5', anonymousId: 'a' },
    { email: 'e@example.com', userId: '5' },
  );
  const message = fc.record({
    names,
    at: fc.integer({ min: NOW - 9, max: NOW }),
    attributes: fc.option(
      fc.constantFrom(new Map([['plan', '"pro"']]), new Map([['plan', 'null']]), new Map([['b', '1']])),
      { nil: undefined },
    ),
    company: fc.option(
      fc.record({
        groupId: fc.constantFrom('A', 'B'),
        traits: fc.constantFrom(new Map(), new Map([['name', '"x"']]), new Map([['name', '"y"']])),
        isMember: fc.constantFrom(true, false),
      }),
      { nil: undefined },
    ),
    event: fc.option(fc.constantFrom(purchased('{"a":1}'), purchased('{"a":2}')), { nil: undefined }),
    isAlias: fc.boolean(),
  });

  /** What is visible in the end. */
  const endOf = async (batches: readonly (readonly HistoryMessage[])[]) => {
    const world = aMessageWorld();
    for (const batch of batches) await world.run(batch.map((each) => ({ kind: 'message', message: each })));
    const contacts = world.contacts();
    return {
      contacts: contacts.length,
      identities: contacts.map(({ identities }) => [...identities.keys()].sort()),
      fields: contacts.map(({ fields }) => [...fields].map(([name, { text }]) => [name, text]).sort()),
      attributes: contacts.map(({ attributes }) =>
        [...attributes].map(([name, { text, at }]) => [name, text, at]).sort(),
      ),
      companies: [...world.companies.traits].map(([id, traits]) => [id, traits.get('name')?.text]).sort(),
      belongs: contacts.map(({ companies }) => [...companies].map(([id, { at }]) => [id, at]).sort()),
      events: [...world.events.keys()].sort(),
    };
  };

  it('end the same', async () => {
    const cases = fc.record({
      sent: fc.array(message, { minLength: 1, maxLength: 8 }),
      order: fc.array(fc.nat(), { minLength: 16, maxLength: 16 }),
      size: fc.integer({ min: 1, max: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ sent, order, size }) => {
        const messages = [{ names: { userId: '5', anonymousId: 'a' }, isAlias: false, at: NOW }, ...sent].map(
          ({ isAlias, ...rest }, nth): HistoryMessage =>
            Object.assign(
              { id: `m-${nth}` },
              JSON.parse('{}'),
              Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
              // Two user ids of which only one is known to be the person's are a conflict, which the first to arrive decides.
              isAlias && 'userId' in rest.names && { absorbed: [{ namespace: 'userId', shown: 'old' }] },
            ),
        );
        const twice = [...messages, ...messages]
          .map((each, nth) => ({ each, key: order[nth] ?? 0 }))
          .toSorted((a, b) => a.key - b.key)
          .map(({ each }) => each);
        const cut = Array.from({ length: Math.ceil(twice.length / size) }, (_, nth) =>
          twice.slice(nth * size, (nth + 1) * size),
        );

        expect(await endOf(cut)).toEqual(await endOf([messages]));
      }),
      { numRuns: 100 },
    );
  });
});
