import { fromEventItem, toEventItem } from '#shared/events/event-item.ts';
import {
  aLocationInterest,
  aLocationObservation,
  aNamedEvent,
  anEmailEntry,
  ORG,
  SARAH_ID,
} from '#test/support/builders.ts';
import { ENTRY, parsed, raw, reasonOf, TYPE_FIELD } from '#test/support/entries.ts';

const INVALID_LOCATION = 'location must be a non-empty string of at most 256 characters';
const INVALID_STRENGTH = 'strength must be a number from 0 to 1';

describe.each([
  ['email', ['sent', 'delivered', 'opened', 'clicked', 'bounced', 'unsubscribed', 'complained'], 'page_view'],
  ['web', ['page_view', 'conversion', 'click', 'form_submit', 'custom'], 'opened'],
] as const)('the type of a %s event', (kind, known, foreign) => {
  const entry = ENTRY[kind];

  it.each(known)('may be %s', (type) => {
    expect(parsed(kind, entry({ type }))).toMatchObject({ event: { type } });
  });

  it.each([
    [undefined, 'type is required'],
    [null, 'type is required'],
    ['forward', "Invalid event type: 'forward'"],
    [foreign, `Invalid event type: '${foreign}'`],
    [known[0].toUpperCase(), `Invalid event type: '${known[0].toUpperCase()}'`],
    [` ${known[0]}`, `Invalid event type: ' ${known[0]}'`],
    ['', "Invalid event type: ''"],
    ['toString', "Invalid event type: 'toString'"],
    [1, "Invalid event type: '1'"],
    [raw('1.0'), "Invalid event type: '1.0'"],
    [[known[0]], `Invalid event type: '["${known[0]}"]'`],
    ['x'.repeat(64), `Invalid event type: '${'x'.repeat(64)}'`],
    ['x'.repeat(65), `Invalid event type: '${'x'.repeat(64)}…'`],
  ])('may not be %j', (type, reason) => {
    expect(reasonOf(kind, entry({ type }))).toBe(reason);
  });
});

describe.each(['location-interests', 'location-history'] as const)('the location of a %s entry', (kind) => {
  const entry = ENTRY[kind];

  it.each(['A', 'x'.repeat(256), '  Austin,\tTX ', 'Zürich', '東京'])(
    'may be %j, which is stored unchanged',
    (location) => {
      expect(parsed(kind, entry({ location }))).toMatchObject({ event: { location } });
    },
  );

  it.each([
    [undefined, 'location is required'],
    [null, 'location is required'],
    ['', INVALID_LOCATION],
    ['   ', INVALID_LOCATION],
    ['x'.repeat(257), INVALID_LOCATION],
    [1, INVALID_LOCATION],
    [raw('1.0'), INVALID_LOCATION],
    [{}, INVALID_LOCATION],
  ])('may not be %j', (location, reason) => {
    expect(reasonOf(kind, entry({ location }))).toBe(reason);
  });

  const field = TYPE_FIELD[kind];

  it.each(['a', 'search', 'listing_view', 'ip_v4', 'a1_2b', 'x'.repeat(64)])(
    `may be sent with the ${field} %s`,
    (word) => {
      expect(parsed(kind, entry({ [field]: word }))).toMatchObject({ event: { type: word } });
    },
  );

  it.each([null, undefined])(`may not be sent with the ${field} %j`, (word) => {
    expect(reasonOf(kind, entry({ [field]: word }))).toBe(`${field} is required`);
  });

  it.each<{ readonly word: unknown }>(
    [
      '',
      'x'.repeat(65),
      'Search',
      'listing-view',
      'listing view',
      '_a',
      'a_',
      'a__b',
      '1a',
      'é',
      'a\n',
      1,
      raw('1.0'),
    ].map((word) => ({ word })),
  )(`may not be sent with the ${field} $word`, ({ word }) => {
    expect(reasonOf(kind, entry({ [field]: word }))).toBe(
      `${field} must be a snake_case word of at most 64 characters`,
    );
  });
});

describe('the name of a named event', () => {
  it.each([
    'a',
    ' ',
    'Dashboard Loaded',
    'purchased',
    '#',
    'a.b#c|d',
    'line\nbreak\u0000',
    '__proto__',
    'constructor',
    'Łódź 🏙️',
    'x'.repeat(128),
    '🏙'.repeat(128),
  ])('may be %j, which is stored unchanged', (name) => {
    const outcome = parsed('track', aNamedEvent({ name }));

    if (outcome.kind === 'invalid') throw new Error(outcome.reason);
    expect(fromEventItem(toEventItem(ORG, SARAH_ID, outcome.event))).toMatchObject({
      kind: 'track',
      type: name,
    });
  });

  it.each([null, undefined])('may not be %j', (name) => {
    expect(reasonOf('track', aNamedEvent({ name }))).toBe('name is required');
  });

  it.each([
    [''],
    ['x'.repeat(129)],
    ['🏙'.repeat(129)],
    ['half a pair: \ud83c'],
    [1],
    [raw('1.0')],
    [true],
    [['a']],
    [{}],
  ])('may not be %j either', (name) => {
    expect(reasonOf('track', aNamedEvent({ name }))).toBe('name must be a string of 1 to 128 characters');
  });

  it('is not in a field named type', () => {
    expect(reasonOf('track', aNamedEvent({ name: undefined, type: 'purchased' }))).toBe('name is required');
  });
});

describe('a text with a lone surrogate', () => {
  it.each([
    ['contactEmail', 'sa\ud83drah@example.com', 'contactEmail is not a valid email address'],
    ['eventId', 'e\ud83d', 'eventId must be a string of 1 to 128 characters'],
    ['location', '\udc00', INVALID_LOCATION],
    ['source', 'gps\ud83d', 'source must be a snake_case word of at most 64 characters'],
  ])('is refused as %s', (field, text, reason) => {
    expect(reasonOf('location-history', aLocationObservation({ [field]: text }))).toBe(reason);
  });

  it('is not made by shortening a type that is quoted', () => {
    const type = `${'x'.repeat(63)}😀`;

    expect(reasonOf('email', anEmailEntry({ type }))).toBe(`Invalid event type: '${'x'.repeat(63)}…'`);
  });
});

describe('the strength of a location interest', () => {
  it.each(['0', '-0', '0.0', '0.5', '1', '1.0', '1e0', '10e-1', '0.300000000000000040'])(
    'may be %s',
    (strength) => {
      expect(parsed('location-interests', aLocationInterest({ strength: raw(strength) }))).toMatchObject({
        event: { strength: Number(strength) },
      });
    },
  );

  // DynamoDB rejects numbers below 1e-130, and with them the whole call of 25 items.
  it.each(['1e-131', '5e-324'])('that is %s is stored as text', (strength) => {
    const outcome = parsed('location-interests', aLocationInterest({ strength: raw(strength) }));
    const item = outcome.kind === 'valid' ? toEventItem(ORG, SARAH_ID, outcome.event) : {};

    expect(item['s']).toEqual({ S: strength });
  });

  it.each([
    [undefined, 'strength is required'],
    [null, 'strength is required'],
    [-0.1, INVALID_STRENGTH],
    [1.1, INVALID_STRENGTH],
    [raw('1e400'), INVALID_STRENGTH],
    [raw('1.10'), INVALID_STRENGTH],
    ['0.5', INVALID_STRENGTH],
    [true, INVALID_STRENGTH],
    [[0.5], INVALID_STRENGTH],
    [{ rawJSON: '0.5' }, INVALID_STRENGTH],
  ])('may not be %j', (strength, reason) => {
    expect(reasonOf('location-interests', aLocationInterest({ strength }))).toBe(reason);
  });
});
