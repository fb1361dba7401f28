import { createProfileWriter } from '#shared/profiles/profile.ts';
import { DEFAULT_SCORING, scoredBy } from '#shared/scoring/scoring-settings.ts';
import { NOW, SARAH } from '#test/support/builders.ts';
import { aContact, aSegment, aStanding, SEGMENT_ID, someDefinitions } from '#test/support/refresh-world.ts';

const DAY = 86_400_000;
const ENTERED = '2026-03-02T00:00:00.000Z';

const profileOf = (standing = aStanding(), definitions = someDefinitions(), now = NOW) =>
  JSON.parse(createProfileWriter(definitions, now)(aContact(), standing));

const scoringOf = (engagement: string, locationInterest: string, weights = DEFAULT_SCORING.weights) => ({
  ...DEFAULT_SCORING,
  halfLives: { engagement, locationInterest },
  weights,
});

describe('a profile', () => {
  it('of a contact that was never refreshed has a score of 0 and no time of scoring', () => {
    expect(profileOf()).toEqual({
      contactId: aContact().contactId,
      email: aContact().email,
      identities: [{ namespace: 'email', value: SARAH, linkedAt: '2026-03-01T00:00:00.000Z' }],
      createdAt: '2026-03-01T00:00:00.000Z',
      updatedAt: '2026-03-01T00:00:00.000Z',
      engagementScore: 0,
      scoredAt: null,
      stale: false,
      locationInterests: [],
      segments: [],
      lastActivityAt: null,
      companies: [],
      attributes: {},
    });
  });

  it.each([
    [0, 8],
    [15, 8 / Math.SQRT2],
    [30, 4],
    [90, 1],
  ])('read %i days after the refresh has scores that have decayed since', (days, expected) => {
    const interests = [
      { location: 'Austin, TX', sum: 8 },
      { location: 'Bonn', sum: -8 },
    ];
    const standing = aStanding({ scoredAt: NOW, scoredBy: scoredBy(DEFAULT_SCORING), score: 8, interests });

    const profile = profileOf(standing, someDefinitions(), NOW + days * DAY);

    expect(profile.engagementScore).toBeCloseTo(expected, 12);
    expect(profile.locationInterests).toEqual([
      { location: 'Austin, TX', score: profile.engagementScore },
      { location: 'Bonn', score: -profile.engagementScore },
    ]);
    expect(profile.scoredAt).toBe(new Date(NOW).toISOString());
  });

  it.each([
    ['unchanged', scoringOf('1d', '2d'), false],
    ['in equivalent units', scoringOf('24h', '48h'), false],
    ['with other weights', scoringOf('1d', '2d', { ...DEFAULT_SCORING.weights, 'web.click': 7 }), true],
    ['with another weight of a name', { ...scoringOf('1d', '2d'), track: { purchased: 7 } }, true],
    ['with another half-life of engagement', scoringOf('7d', '2d'), true],
    ['with another half-life of interests', scoringOf('1d', '7d'), true],
  ])(
    'decays with the half-lives that it was computed with, whatever the current settings are: %s',
    (_case, scoring, stale) => {
      const interests = [{ location: 'Bonn', sum: 8 }];
      const by = scoredBy(scoringOf('1d', '2d'));
      const standing = aStanding({ scoredAt: NOW, scoredBy: by, score: 8, interests });

      const profile = profileOf(standing, { ...someDefinitions(), scoring }, NOW + 2 * DAY);

      expect(profile).toMatchObject({
        engagementScore: 2,
        locationInterests: [{ location: 'Bonn', score: 4 }],
        stale,
      });
    },
  );

  it('has the current names of segments, and omits deleted segments', () => {
    const standing = aStanding({
      segments: new Map([
        [SEGMENT_ID, ENTERED],
        ['seg_deleted', ENTERED],
      ]),
    });

    const { segments } = profileOf(standing, someDefinitions(aSegment({ name: 'Renamed' })));

    expect(segments).toEqual([{ id: SEGMENT_ID, name: 'Renamed', enteredAt: ENTERED }]);
  });

  it('has attributes as their original JSON text', () => {
    const attributes = new Map([
      ['id', '12345678901234567890'],
      ['price', '1.0'],
      ['__proto__', '{"a":1e400}'],
      ['"', 'null'],
    ]);

    const text = createProfileWriter(someDefinitions(), NOW)(aContact({ attributes }), aStanding());

    expect(text).toMatch(
      /,"attributes":\{"id":12345678901234567890,"price":1\.0,"__proto__":\{"a":1e400\},"\\"":null\}\}$/,
    );
    expect(() => JSON.parse(text)).not.toThrow();
  });

  it.each<[string, string | undefined, string | null]>([
    ['a text', '"Acme \\"Inc.\\""', 'Acme "Inc."'],
    ['a long text', JSON.stringify('x'.repeat(300)), 'x'.repeat(256)],
    ['a number', '12345678901234567890', null],
    ['missing', undefined, null],
  ])('has the name of a company that is %s', (_what, text, name) => {
    const contact = aContact({ companies: ['acme'] });
    const traits = new Map([['acme', new Map(text === undefined ? [] : [['name', text]])]]);

    const profile = JSON.parse(createProfileWriter(someDefinitions(), NOW)(contact, aStanding(), traits));

    expect(profile.companies).toEqual([{ groupId: 'acme', name }]);
  });

  it('has companies that are not stored, without a name', () => {
    const contact = aContact({ companies: ['acme'] });

    const profile = JSON.parse(createProfileWriter(someDefinitions(), NOW)(contact, aStanding()));

    expect(profile.companies).toEqual([{ groupId: 'acme', name: null }]);
  });
});
