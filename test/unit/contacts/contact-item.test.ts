import fc from 'fast-check';
import type { Item } from '#shared/aws/dynamodb.ts';
import { contactUpdates, fromContactItem, newContactItem } from '#shared/contacts/contact-item.ts';
import { type ContactEntry, MAX_ATTRIBUTES } from '#shared/contacts/contact-schemas.ts';
import { NOW, ORG, SARAH, SARAH_ID } from '#test/support/builders.ts';

const CALL = { importId: 'imp_1', now: NOW };
const LATER = NOW + 1_000;

const anEntry = (overrides: Partial<ContactEntry> = {}): ContactEntry => ({ email: SARAH, ...overrides });

const aContact = (overrides: Partial<ContactEntry> = {}) =>
  fromContactItem(newContactItem(ORG, SARAH_ID, anEntry(overrides), CALL));

describe('a new contact’s item', () => {
  it('reads back as the entry, with the import that created it and the time', () => {
    const name = fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('__proto__', 'constructor', '@', '#'));
    const attributes = fc
      .array(fc.tuple(name, fc.json()), { maxLength: 5 })
      .map((pairs): ReadonlyMap<string, string> => new Map(pairs));
    fc.assert(
      fc.property(attributes, fc.option(fc.string(), { nil: undefined }), (sent, externalId) => {
        const item = newContactItem(ORG, SARAH_ID, anEntry({ attributes: sent, externalId }), CALL);
        const contact = fromContactItem(item);

        expect(new Map(contact.attributes)).toEqual(sent);
        expect(contact).toMatchObject({ contactId: SARAH_ID, email: SARAH, createdBy: 'imp_1' });
        expect(contact.externalId).toBe(externalId);
      }),
    );
  });

  it('has the creation time of the entry, or else the current time', () => {
    const createdAt = Date.parse('2020-01-01T00:00:00.000Z');

    expect(aContact({ createdAt }).createdAt).toBe('2020-01-01T00:00:00.000Z');
    expect(aContact()).toMatchObject({
      createdAt: '2026-03-15T12:00:00.000Z',
      updatedAt: '2026-03-15T12:00:00.000Z',
    });
  });

  it('has a map of attributes even if none was sent, so that later ones can be added', () => {
    expect(newContactItem(ORG, SARAH_ID, anEntry(), CALL)['attributes']?.M).toEqual({});
  });

  it.each<[string, Item]>([
    ['nothing', {}],
    ['no attributes', { ...newContactItem(ORG, SARAH_ID, anEntry(), CALL), attributes: { S: '{}' } }],
  ])('cannot be read from %s', (_case, item) => {
    expect(() => fromContactItem(item)).toThrow(expect.objectContaining({ name: 'ValiError' }));
  });
});

describe('the updates of a contact by an entry', () => {
  it('are none if the entry contains nothing new', () => {
    const entry = anEntry({ externalId: 'x', createdAt: NOW - 5, attributes: new Map([['plan', '"pro"']]) });

    expect(contactUpdates(aContact(entry), entry, LATER)).toEqual([]);
    expect(contactUpdates(aContact(entry), anEntry(), LATER)).toEqual([]);
    expect(contactUpdates(aContact(entry), anEntry({ attributes: new Map() }), LATER)).toEqual([]);
  });

  it('set each field that differs, and the time of the update', () => {
    const contact = aContact({
      externalId: 'x',
      attributes: new Map([
        ['plan', '"free"'],
        ['city', '"Austin"'],
      ]),
    });
    const entry = anEntry({
      email: 'Sarah@example.com',
      externalId: 'y',
      createdAt: Date.parse('2020-01-01T00:00:00.000Z'),
      attributes: new Map([
        ['plan', '"pro"'],
        ['city', '"Austin"'],
        ['age', '1.0'],
      ]),
    });

    expect(contactUpdates(contact, entry, LATER)).toEqual([
      {
        UpdateExpression:
          'SET updatedAt = :now, #email = :v0, #externalId = :v1, #createdAt = :v2, #attributes.#n3 = :v3, #attributes.#n4 = :v4',
        ExpressionAttributeNames: {
          '#email': 'email',
          '#externalId': 'externalId',
          '#createdAt': 'createdAt',
          '#attributes': 'attributes',
          '#n3': 'plan',
          '#n4': 'age',
        },
        ExpressionAttributeValues: {
          ':now': { S: '2026-03-15T12:00:01.000Z' },
          ':v0': { S: 'Sarah@example.com' },
          ':v1': { S: 'y' },
          ':v2': { S: '2020-01-01T00:00:00.000Z' },
          ':v3': { S: '"pro"' },
          ':v4': { S: '1.0' },
        },
      },
    ]);
  });

  it('are split so that each expression is below DynamoDB’s limit of 4 KB, and lose nothing', () => {
    const names = Array.from({ length: 5 * MAX_ATTRIBUTES }, (_, nth) => `a${nth}`);
    const attributes = new Map(names.map((name) => [name, '1']));
    const entry = anEntry({ email: 'Sarah@example.com', externalId: 'x', createdAt: 0, attributes });

    const updates = contactUpdates(aContact(), entry, LATER);

    expect(updates.length).toBeGreaterThan(1);
    for (const { UpdateExpression } of updates) {
      expect(Buffer.byteLength(UpdateExpression)).toBeLessThanOrEqual(4_096);
    }
    const written = updates.flatMap(({ ExpressionAttributeNames: sent }) => Object.values(sent));
    expect(written).toEqual(expect.arrayContaining(names));
  });
});
