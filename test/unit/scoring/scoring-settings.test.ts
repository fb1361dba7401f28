import * as v from 'valibot';
import { parseLossless } from '#shared/json/lossless-json.ts';
import {
  compileScoring,
  DEFAULT_SCORING,
  ScoringSettingsSchema,
  scoredBy,
  scoringError,
} from '#shared/scoring/scoring-settings.ts';

const messageOf = (body: unknown): string | undefined => {
  const result = v.safeParse(ScoringSettingsSchema, body);
  return result.success ? undefined : scoringError(result.issues);
};

describe('scoring settings', () => {
  it('are the defaults if nothing is set', () => {
    expect(DEFAULT_SCORING).toEqual({
      halfLives: { engagement: '30d', locationInterest: '30d' },
      weights: {
        'email.sent': 0,
        'email.delivered': 0,
        'email.opened': 1,
        'email.clicked': 3,
        'email.bounced': -2,
        'email.unsubscribed': -10,
        'email.complained': -15,
        'web.page_view': 1,
        'web.click': 1,
        'web.form_submit': 5,
        'web.conversion': 10,
        'web.custom': 1,
      },
      track: {},
      trackDefault: 1,
    });
  });

  it('have defaults for absent fields, and are unchanged when parsed again', () => {
    const body = parseLossless(
      '{"halfLives": {"engagement": "2w"}, "weights": {"email.opened": 2.50, "location-interests.search": 1e1}}',
    );

    const settings = v.parse(ScoringSettingsSchema, body);

    expect(settings.halfLives).toEqual({ engagement: '2w', locationInterest: '30d' });
    expect(settings.weights).toEqual({
      ...DEFAULT_SCORING.weights,
      'email.opened': 2.5,
      'location-interests.search': 10,
    });
    expect(v.parse(ScoringSettingsSchema, JSON.parse(JSON.stringify(settings)))).toEqual(settings);
  });

  it.each([
    [null, 'The body must be an object'],
    [{ halflives: {} }, 'halflives is not known'],
    [{ halfLives: null }, 'halfLives must be an object'],
    [{ halfLives: [] }, 'halfLives must be an object'],
    [{ halfLives: { email: '1d' } }, 'halfLives.email is not known'],
    [{ halfLives: { engagement: 30 } }, 'halfLives.engagement must be a duration such as 30d'],
    [{ halfLives: { engagement: '59m' } }, 'halfLives.engagement must be at least 1h'],
    [
      { halfLives: { locationInterest: '3661d' } },
      'halfLives.locationInterest must be a duration from 1m to 3660d',
    ],
    [{ weights: [] }, 'weights must be an object'],
    [{ weights: { 'email.forward': 1 } }, 'weights.email.forward is not a known event'],
    [{ weights: { email: 1 } }, 'weights.email is not a known event'],
    [{ weights: { 'mail.opened': 1 } }, 'weights.mail.opened is not a known event'],
    [{ weights: { 'location-history.IP': 1 } }, 'weights.location-history.IP is not a known event'],
    [JSON.parse('{"weights": {"__proto__": 1}}'), 'weights.__proto__ is not a known event'],
    [
      { weights: { 'track.purchased': 1 } },
      'weights.track.purchased is not known: the weights of named events are in the field track',
    ],
    [
      { weights: { track: 1 } },
      'weights.track is not known: the weights of named events are in the field track',
    ],
    [{ weights: { 'profile.updated': 1 } }, 'weights.profile.updated is not a known event'],
    [{ track: [] }, 'track must be an object'],
    [{ track: null }, 'track must be an object'],
    [{ track: { '': 1 } }, 'track must have names of 1 to 128 characters'],
    [{ track: { [`${'x'.repeat(129)}`]: 1 } }, 'track must have names of 1 to 128 characters'],
    [{ track: { '\ud83c': 1 } }, 'track must have names of 1 to 128 characters'],
    [{ track: { 'a.b': null } }, 'track.a.b must be a number from -1000 to 1000'],
    [JSON.parse('{"track": {"__proto__": 1001}}'), 'track.__proto__ must be a number from -1000 to 1000'],
    [{ trackDefault: null }, 'trackDefault must be a number from -1000 to 1000'],
    [{ trackDefault: -1000.5 }, 'trackDefault must be a number from -1000 to 1000'],
    [{ trackdefault: 1 }, 'trackdefault is not known'],
    [{ weights: { 'web.click': '1' } }, 'weights.web.click must be a number from -1000 to 1000'],
    [{ weights: { 'web.click': 1000.5 } }, 'weights.web.click must be a number from -1000 to 1000'],
    [
      parseLossless('{"weights": {"web.click": 1e999}}'),
      'weights.web.click must be a number from -1000 to 1000',
    ],
  ])('reject %j with the path of the error', (body, message) => {
    expect(messageOf(body)).toBe(message);
  });

  it('have at most 500 weights, including the defaults', () => {
    const weightsOf = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`location-history.s${at}`, 1]));

    expect(messageOf({ weights: weightsOf(488) })).toBeUndefined();
    expect(messageOf({ weights: weightsOf(489) })).toBe('weights must be at most 500, the defaults included');
  });

  it('have at most 500 weights, including those of names', () => {
    const namesOf = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`name ${at}`, 1]));
    const weights = { 'location-history.gps': 1, 'email.opened': 2 };
    const message = 'track and weights must be at most 500, the defaults included';

    expect(messageOf({ track: namesOf(488) })).toBeUndefined();
    expect(messageOf({ track: namesOf(489) })).toBe(message);
    expect(messageOf({ track: namesOf(487), weights })).toBeUndefined();
    expect(messageOf({ track: namesOf(488), weights })).toBe(message);
  });

  it('fit into an item, however long their names are', () => {
    const track = Object.fromEntries(
      Array.from({ length: 488 }, (_, at) => [
        `${'\u0001'.repeat(125)}${String(at).padStart(3, '0')}`,
        -1 / 3_000_007,
      ]),
    );

    const settings = v.parse(ScoringSettingsSchema, { track, trackDefault: -1 / 3_000_007 });

    expect(Buffer.byteLength(JSON.stringify(settings))).toBeLessThan(400 * 1024 - 1_000);
  });

  it('keep every name, also those of properties that all objects have, when they are stored and read', () => {
    const names = ['__proto__', 'constructor', 'toString', 'a.b', '#', '\u0000', ' ', '🏙'.repeat(128)];
    const body = `{${names.map((name) => `${JSON.stringify(name)}:7`).join()}}`;

    const settings = v.parse(ScoringSettingsSchema, parseLossless(`{"track":${body},"trackDefault":-2}`));

    const stored = v.parse(ScoringSettingsSchema, JSON.parse(JSON.stringify(settings)));
    expect(Object.entries(stored.track)).toEqual(names.map((name) => [name, 7]));
    expect(stored.trackDefault).toBe(-2);
    const { weightOf } = compileScoring(stored);
    expect(names.map((name) => weightOf('track', name))).toEqual(names.map(() => 7));
    expect(weightOf('track', 'valueOf')).toBe(-2);
  });
});

describe('a weight', () => {
  it.each([
    ['email', 'clicked', 3],
    ['web', 'conversion', 10],
    ['email', 'unheard_of', 0],
    ['location-interests', 'search', 4],
    ['location-interests', 'listing_view', 1],
    ['location-history', 'ip_geolocation', 0.2],
    ['location-history', 'constructor', 0.2],
    ['track', 'purchased', 10],
    ['track', 'email.opened', 2.5],
    ['track', 'Purchased', 1],
    ['track', '__proto__', 1],
    ['email', 'opened', 1],
    ['profile', 'updated', 0],
  ] as const)('of %s %s is %d', (kind, type, weight) => {
    const settings = v.parse(ScoringSettingsSchema, {
      weights: { 'location-interests.search': 4 },
      track: { purchased: 10, 'email.opened': 2.5 },
    });

    expect(compileScoring(settings).weightOf(kind, type)).toBe(weight);
  });
});

describe('the version of the settings', () => {
  const by = (body: object) => scoredBy(v.parse(ScoringSettingsSchema, body));

  it.each([
    ['explicit defaults', { halfLives: { engagement: '30d' }, weights: { 'web.click': 1 } }, {}],
    ['another unit', { halfLives: { locationInterest: '48h' } }, { halfLives: { locationInterest: '2d' } }],
    [
      'another order',
      { weights: { 'location-history.a': 1, 'location-history.b': 2 } },
      { weights: { 'location-history.b': 2, 'location-history.a': 1 } },
    ],
    ['another order of names', { track: { a: 3, b: 2 } }, { track: { b: 2, a: 3 } }],
    ['names with the weight of all others', { track: { a: 1 }, trackDefault: 1 }, {}],
    [
      'names with another weight of all others',
      { track: { a: 3, b: 2 }, trackDefault: 3 },
      { track: { b: 2 }, trackDefault: 3 },
    ],
  ])('is the same for equivalent settings: %s', (_case, one, other) => {
    expect(by(one)).toEqual(by(other));
  });

  it.each([
    [{ halfLives: { engagement: '31d' } }],
    [{ halfLives: { locationInterest: '31d' } }],
    [{ weights: { 'web.click': 1.5 } }],
    [{ weights: { 'location-history.a': 1 } }],
    [{ track: { a: 2 } }],
    [{ track: { a: 0 } }],
    [{ trackDefault: 2 }],
    [JSON.parse('{"track":{"__proto__":2}}')],
  ])('differs for %j', (settings) => {
    expect(by(settings).version).not.toBe(by({}).version);
  });

  it('stays what it was before there were named events, so that scores computed then are not stale', () => {
    expect(by({}).version).toBe('0z2Tt7sn');
  });

  it('differs between names and the weight of all others', () => {
    const settings = [
      { track: { a: 2 } },
      { track: { b: 2 } },
      { track: { a: 2, b: 2 } },
      { trackDefault: 2 },
    ];

    expect(new Set(settings.map((each) => by(each).version)).size).toBe(settings.length);
  });

  it('includes the half-lives in milliseconds', () => {
    expect(by({ halfLives: { engagement: '1d', locationInterest: '2h' } })).toMatchObject({
      engagementHalfLifeMs: 86_400_000,
      locationInterestHalfLifeMs: 7_200_000,
    });
  });
});
