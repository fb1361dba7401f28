import { identityIdOf } from '#shared/identities/contact-id.ts';
import type { Identity } from '#shared/identities/identity.ts';
import { groupsOf } from '#shared/linking/groups.ts';
import { type Directory, resolve } from '#shared/linking/rules.ts';
import { ORG } from '#test/support/builders.ts';
import { aMessage, aState, browsers, type Shown } from '#test/support/linking.ts';

const VALUES = {
  U: ['userId', 'u-1'],
  V: ['userId', 'u-2'],
  e: ['email', 'e@example.com'],
  f: ['email', 'f@example.com'],
  p: ['phone', '+12133734253'],
  s: ['social', '@s'],
  l: ['leadId', 'l-1'],
  c: ['cioId', 'c-1'],
  a: ['anonymousId', 'a-1'],
} as const;

type Letter = keyof typeof VALUES;

const identity = (letter: string): Identity => {
  const [namespace, value] = VALUES[letter as Letter];
  return { namespace, value };
};

const shownOf = (letters: string): Shown =>
  Object.fromEntries([...letters].map((letter) => VALUES[letter as Letter]));

const directoryOf = (contacts: readonly ReturnType<typeof aState>[]): Directory => ({
  ownerOf: (id) => contacts.find(({ identities }) => identities.has(id)),
});

const letterOf = (id: string): string =>
  Object.keys(VALUES).find((letter) => identityIdOf(ORG, identity(letter)) === id) ?? '?';

/** Resolves a message. Each word is a contact, by the letters of its identities; the first letter is its id. */
const resolved = (contacts: string, message: string) => {
  const stored = contacts
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => aState([...word].map(identity)));
  const { contact, join, linked, notLinked } = resolve(aMessage(shownOf(message)), directoryOf(stored));
  return {
    contact: contact && letterOf(contact.contactId),
    join: join.map(({ contactId }) => letterOf(contactId)).join(''),
    linked: linked.map(({ id }) => letterOf(id)).join(''),
    notLinked: notLinked.map(
      ({ namespace, reason, contactId }) =>
        `${namespace} ${reason} ${contactId === undefined ? '-' : letterOf(contactId)}`,
    ),
  };
};

const conflict = (namespace: string, contact: string) => [`${namespace} identity_conflict ${contact}`];

describe('a message that names identities', () => {
  it.each([
    ['creates a contact of all that nobody has', '', 'Uepslca', undefined, '', 'Uepslca'],
    ['links new identities to the contact of the one that is known', 'a', 'Ua', 'a', '', 'Ua'],
    ['makes two contacts one', 'U e', 'Ue', 'U', 'e', 'Ue'],
    ['makes all of its contacts one', 'U e p s l c a', 'Uepslca', 'U', 'epslca', 'Uepslca'],
    ['creates a contact of a new userId beside one that it does not name', 'e', 'Uf', undefined, '', 'Uf'],
    ['gives a userId a second address', 'Ue', 'Uf', 'U', '', 'Uf'],
    ['makes a contact with an address one with that of the userId', 'Ue fp', 'Uf', 'U', 'f', 'Uf'],
    ['changes nothing if one contact has all', 'Uea', 'Uea', 'U', '', 'Uea'],
  ])('%s', (_, contacts, message, contact, join, linked) => {
    expect(resolved(contacts, message)).toEqual({ contact, join, linked, notLinked: [] });
  });

  it.each([
    ['a shared browser', 'Ua', 'Va', undefined, 'V', conflict('anonymousId', 'U')],
    ['a shared address', 'Ue', 'Ve', undefined, 'V', conflict('email', 'U')],
    ['a browser of two known users', 'Ua V', 'Va', 'V', 'V', conflict('anonymousId', 'U')],
    ['a phone of the family', 'ep', 'fp', undefined, 'f', conflict('phone', 'e')],
    ['a shared social account', 'es f', 'fs', 'f', 'f', conflict('social', 'e')],
    ['a shared lead', 'el f', 'fl', 'f', 'f', conflict('leadId', 'e')],
    ['a shared id of Customer.io', 'ec', 'fc', undefined, 'f', conflict('cioId', 'e')],
    ['a shared browser of two addresses', 'ea', 'fa', undefined, 'f', conflict('anonymousId', 'e')],
    ['a phone, although a userId is named', 'Ue fp', 'Up', 'U', 'U', conflict('phone', 'f')],
    [
      'a browser, beside a userId and its new address',
      'ea',
      'Ufa',
      undefined,
      'Uf',
      conflict('anonymousId', 'e'),
    ],
    ['an address of a contact with another userId', 'U Ve', 'Ue', 'U', 'U', conflict('email', 'V')],
  ])('does not make contacts one through %s', (_, contacts, message, contact, linked, notLinked) => {
    expect(resolved(contacts, message)).toEqual({ contact, join: '', linked, notLinked });
  });

  it('links what it may although something else is in conflict', () => {
    expect(resolved('Ua p', 'Vpa')).toEqual({
      contact: 'p',
      join: '',
      linked: 'Vp',
      notLinked: conflict('anonymousId', 'U'),
    });
  });

  it('counts what a contact has become on the way', () => {
    // The phone makes the userId's contact have an address, so the browser of another address is in conflict.
    expect(resolved('U pe af', 'Upa')).toEqual({
      contact: 'U',
      join: 'p',
      linked: 'Up',
      notLinked: conflict('anonymousId', 'a'),
    });
  });

  it.each([
    [60, 40, []],
    [60, 41, ['too_many_identities']],
  ])('makes contacts of %i and %i identities one only up to 100', (first, second, reasons) => {
    const contacts = [
      aState([identity('U'), ...browsers(first - 1, 'one')]),
      aState([identity('p'), ...browsers(second - 1, 'two')]),
    ];

    const { join, notLinked } = resolve(aMessage(shownOf('Up')), directoryOf(contacts));

    expect(notLinked.map(({ reason }) => reason)).toEqual(reasons);
    expect(join).toHaveLength(1 - reasons.length);
  });

  it('does not make contacts one that are too large together', () => {
    const attributes = (name: string) => ({ [name]: JSON.stringify('x'.repeat(160 * 1024)) });
    const contacts = [
      aState([identity('U')], { attributes: attributes('a') }),
      aState([identity('p')], { attributes: attributes('b') }),
    ];

    const { join, notLinked } = resolve(aMessage(shownOf('Up')), directoryOf(contacts));

    expect(join).toEqual([]);
    expect(notLinked).toEqual([
      { namespace: 'phone', reason: 'contact_too_large', contactId: contacts[1]?.contactId },
    ]);
  });

  it('keeps the contact with more than 90 identities, whichever is stronger', () => {
    const [one, many] = [aState([identity('U')]), aState([identity('p'), ...browsers(91)])];

    const { contact, join } = resolve(aMessage(shownOf('Up')), directoryOf([one, many]));

    expect([contact, join]).toEqual([many, [one]]);
  });
});

describe('groups of messages', () => {
  it.each([
    ['that name a common identity', '', ['Ue', 'ep', 'V'], [[0, 1], [2]]],
    ['that name identities of one contact', 'Ue', ['U', 'f', 'e'], [[0, 2], [1]]],
    ['that later ones connect', '', ['U', 'V', 'e', 'Ue', 'p'], [[0, 2, 3], [1], [4]]],
    ['that contacts connect to each other', 'Ue pa', ['U', 'p', 'V', 'ea'], [[0, 1, 3], [2]]],
    ['that have nothing in common', '', ['U', 'V', 'e'], [[0], [1], [2]]],
  ])('are of those %s, in their order', (_, contacts, messages, groups) => {
    const stored = contacts
      .split(' ')
      .filter((word) => word !== '')
      .map((word) => aState([...word].map(identity)));

    const found = groupsOf(
      messages.map((letters) => aMessage(shownOf(letters))),
      directoryOf(stored),
    );

    expect(found).toEqual(groups);
  });
});
