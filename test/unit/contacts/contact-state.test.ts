import fc from 'fast-check';
import { itemBytes } from '#shared/aws/dynamodb.ts';
import { contactItem, contactOf, stateOfItem } from '#shared/contacts/contact-item.ts';
import {
  attributesOf,
  type ContactState,
  changeContact,
  mergeContacts,
  stateBytes,
} from '#shared/contacts/contact-state.ts';
import { changedAt, type TimedValues } from '#shared/contacts/timed.ts';
import { identityIdOf } from '#shared/identities/contact-id.ts';
import { type Identity, NAMESPACES } from '#shared/identities/identity.ts';
import { NOW, ORG } from '#test/support/builders.ts';
import { aState } from '#test/support/linking.ts';

const EMAIL: Identity = { namespace: 'email', value: 'a@example.com' };
const USER: Identity = { namespace: 'userId', value: 'u-1' };

const NOTHING = { identities: new Map(), fields: new Map(), attributes: new Map() };

const time = fc.integer({ min: -62_135_596_800_000, max: NOW });
const texts = fc.string({ unit: 'binary', maxLength: 20 }).filter((text) => text.isWellFormed());
const timedValues: fc.Arbitrary<TimedValues> = fc
  .array(fc.tuple(texts, fc.record({ at: time, nth: fc.nat(9_999), text: texts })), { maxLength: 30 })
  .map((entries) => new Map(entries));

const states: fc.Arbitrary<ContactState> = fc
  .record({
    identities: fc.array(fc.record({ namespace: fc.constantFrom(...NAMESPACES), value: texts }), {
      minLength: 1,
      maxLength: 30,
    }),
    attributes: timedValues,
    fields: fc
      .uniqueArray(fc.constantFrom('email', 'externalId', 'createdAt'))
      .chain((names) =>
        fc.tuple(
          ...names.map((name) =>
            fc.record({ at: time, nth: fc.nat(9_999), text: texts }).map((value) => [name, value] as const),
          ),
        ),
      ),
    createdAt: time,
    version: fc.nat(),
  })
  .map(({ identities, attributes, fields, createdAt, version }) => ({
    ...aState(identities, { createdAt, version, fields: new Map(fields) as TimedValues }),
    attributes,
  }));

describe('the state of a contact', () => {
  it('is read as it was stored, one version later', () => {
    fc.assert(
      fc.property(states, (state) => {
        expect(stateOfItem(contactItem(ORG, state))).toEqual({ ...state, version: state.version + 1 });
      }),
    );
  });

  it('is not estimated to be smaller than its item', () => {
    fc.assert(
      fc.property(states, (state) => {
        expect(stateBytes(state)).toBeGreaterThanOrEqual(itemBytes(contactItem(ORG, state)));
      }),
    );
  });

  it('shows no removed attributes, and identities in the order in which they were linked', () => {
    const state = aState([EMAIL, USER], { attributes: { plan: '"pro"', age: 'null' } });
    const ids = [...state.identities].map(([id, identity]): [string, typeof identity] => [
      id,
      { ...identity, linkedAt: identity.namespace === 'userId' ? NOW + 1 : NOW },
    ]);

    const contact = contactOf({ ...state, identities: new Map(ids.toReversed()) });

    expect(contact.identities.map(({ namespace }) => namespace)).toEqual(['email', 'userId']);
    expect([...contact.attributes]).toEqual([['plan', '"pro"']]);
  });
});

describe('changing a contact', () => {
  const state = aState([EMAIL], { attributes: { plan: '"pro"' } });
  const later = { at: NOW, nth: 0 };
  const attribute = (text: string, at = later) => ({
    ...NOTHING,
    attributes: changedAt([['plan', text]], at),
  });
  const linked = (identity: Identity) => ({
    ...NOTHING,
    identities: new Map([[identityIdOf(ORG, identity), { ...identity, linkedAt: NOW }]]),
  });

  it.each([
    ['nothing', NOTHING],
    ['an identity that it has', linked(EMAIL)],
    ['an older value', attribute('"free"', { at: NOW - 9, nth: 0 })],
    ['the same value of the same time', attribute('"pro"', { at: NOW - 1, nth: 0 })],
  ])('returns the same object for %s', (_, change) => {
    expect(changeContact(state, change, NOW)).toBe(state);
  });

  it.each([
    ['a new identity', linked(USER), NOW],
    ['a later value', attribute('"free"'), NOW],
    ['a later null', attribute('null'), NOW],
    ['a field', { ...NOTHING, fields: changedAt([['email', 'A@example.com']], later) }, NOW],
    ['the same value of a later time', attribute('"pro"'), state.updatedAt],
  ])('with %s updates what a reader sees as of the right moment', (_, change, updatedAt) => {
    const changed = changeContact(state, change, NOW);

    expect(changed).not.toBe(state);
    expect(changed.updatedAt).toBe(updatedAt);
    expect(changed.version).toBe(state.version);
  });

  it('keeps the time of the first link of an identity', () => {
    const again = new Map([[identityIdOf(ORG, EMAIL), { ...EMAIL, linkedAt: NOW + 5 }]]);

    const { identities } = changeContact(state, { ...attribute('"free"'), identities: again }, NOW);

    expect([...identities.values()].map(({ linkedAt }) => linkedAt)).toEqual([NOW]);
  });
});

describe('merging contacts', () => {
  it('keeps all identities, each attribute by its time, and the earliest creation', () => {
    const into = { ...aState([EMAIL], { attributes: { plan: '"pro"' } }), createdAt: 7 };
    const from = {
      ...aState([USER], { createdAt: 5 }),
      attributes: new Map([
        ...changedAt([['plan', 'null']], { at: NOW, nth: 0 }),
        ...changedAt([['age', '1']], { at: 1, nth: 0 }),
      ]),
    };

    const merged = mergeContacts(into, from, NOW);

    expect(merged.contactId).toBe(into.contactId);
    expect([...merged.identities.keys()]).toEqual([into.contactId, from.contactId]);
    expect([...attributesOf(merged)]).toEqual([['age', '1']]);
    expect([merged.createdAt, merged.updatedAt]).toEqual([5, NOW]);
  });
});
