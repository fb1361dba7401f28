import { entryParser } from '#shared/events/event-schemas.ts';
import { IMPORTED_KINDS } from '#shared/events/kinds.ts';
import { parseLossless } from '#shared/json/lossless-json.ts';
import { NOW } from '#test/support/builders.ts';
import { ENTRY, parsed, raw, reasonOf, TYPE_FIELD } from '#test/support/entries.ts';

const GIVE_ONE_IDENTITY = 'Give one of contactEmail, userId, anonymousId, phone';

const iso = (ms: number): string => new Date(ms).toISOString();

const INVALID_EMAIL = 'contactEmail is not a valid email address';
const INVALID_TIME = 'occurredAt is not a valid ISO 8601 timestamp';
const FUTURE = 'occurredAt is in the future';
const PAST = 'occurredAt is more than 10 years in the past';
const INVALID_METADATA = 'metadata must be an object';
const INVALID_EVENT_ID = 'eventId must be a string of 1 to 128 characters';

describe.each(IMPORTED_KINDS)('a %s entry', (kind) => {
  const entry = ENTRY[kind];

  it.each([[null], [[]], [[{}]], [1], [raw('1.0')], ['event'], [''], [true]])(
    'that is %j is rejected, since it is not an object',
    (sent) => {
      expect(reasonOf(kind, sent)).toBe('Event must be an object');
    },
  );

  it.each([
    ['contactEmail', undefined, GIVE_ONE_IDENTITY],
    ['contactEmail', null, 'contactEmail is required'],
    ['contactEmail', '', INVALID_EMAIL],
    ['contactEmail', 'sarah', INVALID_EMAIL],
    ['contactEmail', 1, INVALID_EMAIL],
    ['contactEmail', raw('1.0'), INVALID_EMAIL],
    ['contactEmail', true, INVALID_EMAIL],
    ['contactEmail', ['sarah@example.com'], INVALID_EMAIL],
    ['contactEmail', { email: 'sarah@example.com' }, INVALID_EMAIL],
    ['occurredAt', undefined, 'occurredAt is required'],
    ['occurredAt', null, 'occurredAt is required'],
    ['occurredAt', '', INVALID_TIME],
    ['occurredAt', 'yesterday', INVALID_TIME],
    ['occurredAt', '2025-11-15T10:30:00', INVALID_TIME],
    ['occurredAt', '2025-02-30T10:30:00Z', INVALID_TIME],
    ['occurredAt', 1763202600000, INVALID_TIME],
    ['occurredAt', raw('1763202600.0'), INVALID_TIME],
    ['occurredAt', {}, INVALID_TIME],
    ['occurredAt', iso(NOW + 300_001), FUTURE],
    ['occurredAt', '2016-03-15T11:59:59.999Z', PAST],
    ['metadata', null, INVALID_METADATA],
    ['metadata', [], INVALID_METADATA],
    ['metadata', [{}], INVALID_METADATA],
    ['metadata', 'text', INVALID_METADATA],
    ['metadata', '{}', INVALID_METADATA],
    ['metadata', 1, INVALID_METADATA],
    ['metadata', raw('1.0'), INVALID_METADATA],
    ['metadata', false, INVALID_METADATA],
    ['eventId', null, INVALID_EVENT_ID],
    ['eventId', '', INVALID_EVENT_ID],
    ['eventId', 'x'.repeat(129), INVALID_EVENT_ID],
    ['eventId', 1, INVALID_EVENT_ID],
    ['eventId', raw('12345678901234567890'), INVALID_EVENT_ID],
    ['eventId', {}, INVALID_EVENT_ID],
  ])('whose %s is %j is rejected: %s', (field, value, reason) => {
    expect(reasonOf(kind, entry({ [field]: value }))).toBe(reason);
  });

  it.each([
    ['occurredAt', iso(NOW + 300_000)],
    ['occurredAt', '2016-03-15T12:00:00Z'],
    ['metadata', {}],
    ['metadata', { nested: [{ a: null }], '': '' }],
    ['eventId', 'x'],
    ['eventId', ' '],
    ['eventId', 'x'.repeat(128)],
  ])('whose %s is %j is accepted', (field, value) => {
    expect(reasonOf(kind, entry({ [field]: value }))).toBe('valid');
  });

  it('with unknown fields is accepted without them', () => {
    const plain = parsed(kind, entry());

    const extended = parsed(
      kind,
      entry({ id: 7, orgId: 'o_other', contactId: 'c_other', constructor: 1, kind: 'web' }),
    );

    expect(extended).toEqual(plain);
    expect(plain.kind).toBe('valid');
  });

  it('does not inherit fields from a __proto__ key', () => {
    const sent = parseLossless(`{"__proto__":${JSON.stringify(entry())}}`);

    expect(entryParser(kind, NOW)(sent)).toEqual({ kind: 'invalid', reason: GIVE_ONE_IDENTITY });
  });

  it('is rejected for the first rule that it breaks, in the order of the rules', () => {
    const fields = {
      email: ['contactEmail', 'type', 'occurredAt', 'metadata', 'eventId'],
      web: ['contactEmail', 'type', 'occurredAt', 'metadata', 'eventId'],
      'location-interests': [
        'contactEmail',
        'location',
        'signalType',
        'strength',
        'occurredAt',
        'metadata',
        'eventId',
      ],
      'location-history': ['contactEmail', 'location', 'source', 'occurredAt', 'metadata', 'eventId'],
      track: ['contactEmail', 'name', 'occurredAt', 'metadata', 'eventId'],
    }[kind];
    // Sent in the opposite order, so that only the order of the rules matters.
    const broken = Object.fromEntries(
      fields.map((field) => [field, field === 'metadata' ? [] : -1]).reverse(),
    );

    const named = fields.map((_, nth) => {
      const repaired = Object.fromEntries(fields.slice(0, nth).map((field) => [field, entry()[field]]));
      return reasonOf(kind, { ...broken, ...repaired });
    });

    expect(
      named.map((reason) => (reason.startsWith('Invalid event type') ? 'type' : reason.split(' ')[0])),
    ).toEqual(fields);
  });

  it('that lacks fields and has invalid others is also rejected for the first rule that it breaks', () => {
    const { contactEmail } = entry();

    expect(reasonOf(kind, {})).toBe(GIVE_ONE_IDENTITY);
    expect(reasonOf(kind, { contactEmail: 'sarah', metadata: 1 })).toBe(INVALID_EMAIL);
    expect(reasonOf(kind, { ...entry({ [TYPE_FIELD[kind]]: undefined }), occurredAt: 1, eventId: '' })).toBe(
      `${TYPE_FIELD[kind]} is required`,
    );
    expect(reasonOf(kind, { ...entry({ occurredAt: undefined }), contactEmail, metadata: 1 })).toBe(
      'occurredAt is required',
    );
    expect(reasonOf(kind, entry({ occurredAt: iso(NOW + 300_001), eventId: '', metadata: 1 }))).toBe(FUTURE);
  });

  it('becomes an event of its kind', () => {
    const metadata = { campaign: 'mc_4829', '': null };

    const outcome = parsed(kind, entry({ metadata, eventId: 'e-1', contactEmail: ' Sarah@Example.com ' }));

    expect(outcome).toMatchObject({
      kind: 'valid',
      namespace: 'email',
      shown: 'Sarah@Example.com',
      event: {
        kind,
        type: entry()[TYPE_FIELD[kind]],
        occurredAt: Date.parse(entry()['occurredAt'] as string),
        metadata: '{"campaign":"mc_4829","":null}',
        eventId: 'e-1',
      },
    });
  });

  it('keeps metadata unchanged', () => {
    const metadata = '{"id":12345678901234567890,"price":1.0,"__proto__":{"a":[null,"",-0]},"ü":"😀"}';
    const sent = JSON.stringify(entry()).replace('{', `{"metadata":${metadata},`);

    const outcome = entryParser(kind, NOW)(parseLossless(sent));

    expect(outcome).toMatchObject({ event: { metadata } });
  });
});
