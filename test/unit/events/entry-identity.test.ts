import fc from 'fast-check';
import { firstIdentityField, IDENTITY_FIELDS } from '#shared/events/entry-identity.ts';
import { IMPORTED_KINDS } from '#shared/events/kinds.ts';
import { ENTRY, parsed, raw, reasonOf } from '#test/support/entries.ts';

const GIVE_ONE = 'Give one of contactEmail, userId, anonymousId, phone';
const INVALID_PHONE = 'phone is not a valid phone number with a country code';
const invalidId = (field: string): string => `${field} must be a string of 1 to 256 bytes`;

describe.each(IMPORTED_KINDS)('the identity of a %s entry', (kind) => {
  const entry = (identity: object) => ENTRY[kind]({ contactEmail: undefined, ...identity });

  it.each([
    [{ userId: ' User-1 ' }, 'userId', 'User-1'],
    [{ userId: 'x'.repeat(256) }, 'userId', 'x'.repeat(256)],
    [{ anonymousId: '🏙' }, 'anonymousId', '🏙'],
    [{ phone: '+1 (213) 373-4253' }, 'phone', '+12133734253'],
    [{ contactEmail: ' Sarah@Example.com' }, 'email', 'Sarah@Example.com'],
  ])('may be %j', (identity, namespace, shown) => {
    expect(parsed(kind, entry(identity))).toMatchObject({ kind: 'valid', namespace, shown, event: { kind } });
  });

  it('does not change the event', () => {
    const { event: byEmail } = parsed(kind, ENTRY[kind]({ eventId: 'e-1' })) as { event?: unknown };

    for (const identity of [{ userId: 'u-1' }, { anonymousId: 'a-1' }, { phone: '+12133734253' }]) {
      expect(parsed(kind, entry({ ...identity, eventId: 'e-1' }))).toMatchObject({ event: byEmail });
    }
  });

  it.each([
    [{}, GIVE_ONE],
    [{ userId: 'u-1', phone: '+12133734253' }, GIVE_ONE],
    [{ contactEmail: 'sarah@example.com', userId: 'u-1' }, GIVE_ONE],
    [{ contactEmail: 'sarah@example.com', anonymousId: null }, GIVE_ONE],
    [{ contactEmail: null, phone: null }, GIVE_ONE],
    [{ contactEmail: null }, 'contactEmail is required'],
    [{ userId: null }, 'userId is required'],
    [{ anonymousId: null }, 'anonymousId is required'],
    [{ phone: null }, 'phone is required'],
    [{ userId: '' }, invalidId('userId')],
    [{ userId: ' \t' }, invalidId('userId')],
    [{ userId: 7 }, invalidId('userId')],
    [{ userId: raw('1.0') }, invalidId('userId')],
    [{ userId: { id: 'u-1' } }, invalidId('userId')],
    [{ userId: 'x'.repeat(257) }, invalidId('userId')],
    [{ userId: 'é'.repeat(129) }, invalidId('userId')],
    [{ anonymousId: 'half a pair: \ud83c' }, invalidId('anonymousId')],
    [{ anonymousId: [] }, invalidId('anonymousId')],
    [{ phone: '213 373 4253' }, INVALID_PHONE],
    [{ phone: 12133734253 }, INVALID_PHONE],
    [{ phone: '' }, INVALID_PHONE],
    // Other namespaces do not name the contact of an event.
    [{ email: 'sarah@example.com' }, GIVE_ONE],
    [{ leadId: 'l-1' }, GIVE_ONE],
  ])('may not be %j: %s', (identity, reason) => {
    expect(reasonOf(kind, entry(identity))).toBe(reason);
  });

  it('is validated before all other fields', () => {
    expect(reasonOf(kind, { userId: 7, occurredAt: 'yesterday' })).toBe(invalidId('userId'));
    expect(reasonOf(kind, { userId: 'u-1', phone: '', occurredAt: 'yesterday' })).toBe(GIVE_ONE);
  });
});

describe('the field that the refusal of an entry names', () => {
  it('is the only one that it has, whatever its value', () => {
    fc.assert(
      fc.property(fc.constantFrom(...IDENTITY_FIELDS), fc.jsonValue(), (field, value) => {
        expect(firstIdentityField({ type: 'opened', [field]: value })).toBe(field);
      }),
    );
  });

  it.each([
    [null, 'contactEmail'],
    ['text', 'contactEmail'],
    [[], 'contactEmail'],
    [{}, 'contactEmail'],
    [{ phone: 1, userId: 'u-1' }, 'userId'],
    [{ userId: 'u-1', contactEmail: null }, 'contactEmail'],
  ])('of %j is %s', (sent, field) => {
    expect(firstIdentityField(sent)).toBe(field);
  });
});
