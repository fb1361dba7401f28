import fc from 'fast-check';
import { itemBytes } from '#shared/aws/dynamodb.ts';
import { contactItem, contactOf, stateOfItem } from '#shared/contacts/contact-item.ts';
import {
  attributesOf,
  type ContactChange,
  type ContactState,
  changeContact,
  companiesOf,
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

const NOTHING: ContactChange = {
  identities: new Map(),
  fields: new Map(),
  attributes: new Map(),
  companies: new Map(),
  devices: new Map(),
};

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
    companies: timedValues,
    devices: timedValues,
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
  .map(({ identities, attributes, companies, devices, fields, createdAt, version }) => ({
    ...aState(identities, { createdAt, version, fields: new Map(fields) as TimedValues }),
    attributes,
    companies,
    devices,
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
  const long = { at: NOW - 9, nth: 0 };
  const removed = { at: NOW - 1, nth: 0 };
  const state = aState([EMAIL], {
    attributes: { plan: '"pro"' },
    companies: changedAt([['acme', 'null']], removed),
    devices: changedAt([['token', 'null']], removed),
  });
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
    ['an older membership', { ...NOTHING, companies: changedAt([['acme', '"c_1"']], long) }],
    ['an older device', { ...NOTHING, devices: changedAt([['token', '{}']], long) }],
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
    ['a membership', { ...NOTHING, companies: changedAt([['acme', '"c_1"']], later) }, NOW],
    ['a device', { ...NOTHING, devices: changedAt([['token', '{}']], later) }, NOW],
    [
      'the same end of a membership at a later time',
      { ...NOTHING, companies: changedAt([['acme', 'null']], later) },
      state.updatedAt,
    ],
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

describe('companies and devices of contacts', () => {
  const few: fc.Arbitrary<TimedValues> = fc
    .dictionary(
      fc.constantFrom('a', 'b', '__proto__'),
      fc.record({
        at: fc.integer({ min: 0, max: 2 }),
        nth: fc.integer({ min: 0, max: 1 }),
        text: fc.constantFrom('null', '"c_1"', '"c_2"'),
      }),
    )
    .map((all) => new Map(Object.entries(all)));
  const changes = fc.record({ companies: few, devices: few });
  type Change = Pick<ContactState, 'companies' | 'devices'>;

  const sorted = ({ companies, devices }: Change) =>
    [companies, devices].map((values) => [...values].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const told = (identity: Identity, all: readonly Change[]): ContactState =>
    all.reduce<ContactState>(
      (state, change) => changeContact(state, { ...NOTHING, ...change }, NOW),
      aState([identity]),
    );

  it('end the same in any order of changes and merges, and however often they are repeated', () => {
    fc.assert(
      fc.property(fc.array(changes, { maxLength: 6 }), fc.nat(6), (all, cut) => {
        const inOrder = sorted(told(EMAIL, all));
        const [one, other] = [told(EMAIL, all.slice(0, cut)), told(USER, all.slice(cut))];

        expect(sorted(told(EMAIL, all.toReversed()))).toEqual(inOrder);
        expect(sorted(told(EMAIL, [...all, ...all]))).toEqual(inOrder);
        expect(sorted(mergeContacts(one, other, NOW))).toEqual(inOrder);
        expect(sorted(mergeContacts(other, one, NOW))).toEqual(inOrder);
        expect(sorted(mergeContacts(mergeContacts(one, other, NOW), one, NOW))).toEqual(inOrder);
      }),
    );
  });

  it('are told to readers without what is removed', () => {
    const at = { at: NOW, nth: 0 };
    const state = told(EMAIL, [
      {
        companies: changedAt([['acme', '"c_1"']], at),
        devices: changedAt([['token', '{"os":"ios"}']], at),
      },
      { companies: changedAt([['acme', 'null']], at), devices: new Map() },
    ]);

    expect(companiesOf(state)).toEqual([]);
    expect([...attributesOf(state)]).toEqual([['devices', '{"token":{"os":"ios"}}']]);
  });
});
