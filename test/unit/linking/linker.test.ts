import { identityIdOf } from '#shared/identities/contact-id.ts';
import { createLinker } from '#shared/linking/linker.ts';
import type { PersonMessage } from '#shared/linking/message.ts';
import { aBudget, NOW, ORG } from '#test/support/builders.ts';
import { newLinkTables, type OnCall } from '#test/support/link-tables.ts';
import { aMessage, aState } from '#test/support/linking.ts';

const aStage = (onCall?: OnCall) => {
  const tables = newLinkTables(onCall);
  const link = createLinker(tables.store);
  return {
    ...tables,
    link: (...messages: Parameters<typeof link>[1]) => link(ORG, messages, { now: NOW, budget: aBudget() }),
  };
};

const USER = { namespace: 'userId', value: 'u-1' } as const;
const EMAIL = { namespace: 'email', value: 'a@example.com' } as const;
const PHONE = { namespace: 'phone', value: '+12133734253' } as const;

describe('messages', () => {
  it('create a contact once, and count for it afterwards', async () => {
    const { link, contacts } = aStage();

    const { outcomes } = await link(aMessage({ email: EMAIL.value }), aMessage({ email: 'A@Example.com' }));

    const contactId = identityIdOf(ORG, EMAIL);
    expect(outcomes).toEqual([
      { kind: 'stored', contactId, created: true, notLinked: [] },
      { kind: 'stored', contactId, created: false, notLinked: [] },
    ]);
    expect(contacts()).toHaveLength(1);
  });

  it('write nothing if they change nothing', async () => {
    const { link, transactions } = aStage();
    const message = aMessage({ email: EMAIL.value, userId: USER.value });
    await link(message);

    const { outcomes } = await link(message);

    expect(outcomes[0]?.kind).toBe('stored');
    expect(transactions).toHaveLength(1);
  });

  it('make contacts one, which is due at once and reported', async () => {
    const { link, add, contacts, standings } = aStage();
    add(aState([EMAIL]), aState([USER]));

    const { merged } = await link(aMessage({ email: EMAIL.value, userId: USER.value }));

    const contactId = identityIdOf(ORG, USER);
    expect(contacts().map((contact) => contact.contactId)).toEqual([contactId]);
    expect([...merged]).toEqual([contactId]);
    expect([...standings().keys()]).toEqual([contactId]);
    expect(standings().get(contactId)?.['dueAt']).toEqual({ N: String(NOW) });
  });

  it('leave a contact due that is new itself when a stored one becomes one with it', async () => {
    const { link, add, contacts, standings } = aStage();
    add(aState([PHONE]));

    const { merged } = await link(
      aMessage({ email: EMAIL.value }),
      aMessage({ email: EMAIL.value, phone: PHONE.value }),
    );

    const [contact] = contacts();
    const { contactId = '' } = contact ?? {};
    expect(contacts()).toHaveLength(1);
    expect([...merged]).toEqual([contactId]);
    expect(standings().get(contactId)?.['dueAt']).toEqual({ N: String(NOW) });
    expect(standings().get(contactId)?.['dueShard']?.S).toMatch(/^due#/);
  });
});

describe('messages that all name the same phone', () => {
  const PEOPLE = 500;
  const messages = Array.from({ length: PEOPLE }, (_, nth) =>
    aMessage({ email: `person-${nth}@example.com`, phone: PHONE.value }),
  );

  it('are stored in their order, and their contacts are read once, not again for each transaction', async () => {
    const { link, contacts, reads } = aStage();

    const { outcomes } = await link(...messages);

    expect(contacts()).toHaveLength(PEOPLE);
    expect(outcomes.map((outcome) => outcome?.kind === 'stored' && outcome.notLinked.length)).toEqual([
      0,
      ...messages.slice(1).map(() => 1),
    ]);
    // Of each identity, the contact of its id and then its own item: neither exists.
    expect(reads.reduce((sum, keys) => sum + keys, 0)).toBe(2 * (PEOPLE + 1));
  });

  it('write nothing if they are sent again', async () => {
    const { link, transactions } = aStage();
    await link(...messages);
    const before = transactions.length;

    const { outcomes } = await link(...messages);

    expect(transactions).toHaveLength(before);
    expect(outcomes.every((outcome) => outcome?.kind === 'stored' && !outcome.created)).toBe(true);
  });
});

describe('a message with more attributes than a contact can have', () => {
  const text = JSON.stringify('x'.repeat(130 * 1024));

  it.each([
    ['a new contact', []],
    ['a contact that knows a later value', [aState([EMAIL], { attributes: { plan: '"pro"' } })]],
  ])('is refused for %s', async (_, stored) => {
    const { link, add, transactions } = aStage();
    add(...stored);
    const time = { at: NOW - 1_000, nth: 0 };

    const { outcomes } = await link(
      aMessage({ email: EMAIL.value }, { attributes: new Map([['plan', text]]), time }),
    );

    expect(outcomes).toEqual([{ kind: 'rejected', reason: 'Contact is too large to store' }]);
    expect(transactions).toEqual([]);
  });

  it.each<[string, Partial<PersonMessage>]>([
    ['devices', { devices: new Map([['token', text]]) }],
    ['companies', { companies: new Map([['x'.repeat(130 * 1024), '"c_1"']]) }],
    [
      'attributes, companies and devices together',
      {
        attributes: new Map([['plan', JSON.stringify('x'.repeat(50 * 1024))]]),
        companies: new Map([['x'.repeat(50 * 1024), '"c_1"']]),
        devices: new Map([['token', JSON.stringify('x'.repeat(50 * 1024))]]),
      },
    ],
  ])('counts %s', async (_, said) => {
    const { link } = aStage();

    const { outcomes } = await link(aMessage({ email: EMAIL.value }, said));

    expect(outcomes).toEqual([{ kind: 'rejected', reason: 'Contact is too large to store' }]);
  });
});

describe('what messages say about companies and devices', () => {
  const said = (groupId: string, text: string, at: number): PersonMessage =>
    aMessage(
      { email: EMAIL.value },
      {
        companies: new Map([[groupId, text]]),
        devices: new Map([[`of ${groupId}`, text]]),
        time: { at, nth: 0 },
      },
    );
  const messages = [said('acme', '"c_1"', 2), said('acme', 'null', 3), said('other', '"c_1"', 1)];

  it.each([
    ['in their order', messages],
    ['in the reverse order', messages.toReversed()],
  ])('is kept by its time if they arrive %s', async (_, arriving) => {
    const { link, contacts } = aStage();

    await link(...arriving.slice(0, 1));
    await link(...arriving.slice(1));

    const [contact] = contacts();
    expect(contact?.companies.get('acme')?.text).toBe('null');
    expect(contact?.companies.get('other')?.text).toBe('"c_1"');
    expect(contact?.devices.get('of acme')?.text).toBe('null');
    expect(contact?.devices.get('of other')?.text).toBe('"c_1"');
  });
});
