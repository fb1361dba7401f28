import { createProfileWriter } from '#shared/profiles/profile.ts';
import { DEFAULT_SCORING } from '#shared/scoring/scoring-settings.ts';
import { NOW } from '#test/support/builders.ts';
import { aContact, aSegment, SEGMENT_ID, someDefinitions } from '#test/support/refresh-world.ts';

const DAY = 86_400_000;
const ENTERED = '2026-03-02T00:00:00.000Z';

const profileOf = (contact: ReturnType<typeof aContact>, definitions = someDefinitions(), now = NOW) =>
  JSON.parse(createProfileWriter(definitions, now)(contact));

describe('a profile', () => {
  it('of a contact that was never refreshed has no score and no moment of it', () => {
    expect(profileOf(aContact())).toEqual({
      contactId: aContact().contactId,
      email: aContact().email,
      createdAt: '2026-03-01T00:00:00.000Z',
      updatedAt: '2026-03-01T00:00:00.000Z',
      engagementScore: 0,
      scoredAt: null,
      locationInterests: [],
      segments: [],
      lastActivityAt: null,
      attributes: {},
    });
  });

  it.each([
    [0, 8],
    [15, 8 / Math.SQRT2],
    [30, 4],
    [90, 1],
  ])('read %i days after the refresh has scores that have decayed so long', (days, expected) => {
    const interests = [
      { location: 'Austin, TX', sum: 8 },
      { location: 'Bonn', sum: -8 },
    ];
    const contact = aContact({ scoredAt: NOW, score: 8, interests });

    const profile = profileOf(contact, someDefinitions(), NOW + days * DAY);

    expect(profile.engagementScore).toBeCloseTo(expected, 12);
    expect(profile.locationInterests).toEqual([
      { location: 'Austin, TX', score: profile.engagementScore },
      { location: 'Bonn', score: -profile.engagementScore },
    ]);
    expect(profile.scoredAt).toBe(new Date(NOW).toISOString());
  });

  it('decays by the half-lives of the organisation, each score by its own', () => {
    const scoring = { ...DEFAULT_SCORING, halfLives: { engagement: '1d', locationInterest: '2d' } };
    const contact = aContact({ scoredAt: NOW, score: 8, interests: [{ location: 'Bonn', sum: 8 }] });

    const profile = profileOf(contact, { scoring, segments: [] }, NOW + 2 * DAY);

    expect(profile.engagementScore).toBe(2);
    expect(profile.locationInterests).toEqual([{ location: 'Bonn', score: 4 }]);
  });

  it('names segments as they are called now, and leaves out those that were deleted', () => {
    const contact = aContact({
      segments: new Map([
        [SEGMENT_ID, ENTERED],
        ['seg_deleted', ENTERED],
      ]),
    });

    const { segments } = profileOf(contact, someDefinitions(aSegment({ name: 'Renamed' })));

    expect(segments).toEqual([{ id: SEGMENT_ID, name: 'Renamed', enteredAt: ENTERED }]);
  });

  it('has attributes as the text that came in', () => {
    const attributes = new Map([
      ['id', '12345678901234567890'],
      ['price', '1.0'],
      ['__proto__', '{"a":1e400}'],
      ['"', 'null'],
    ]);

    const text = createProfileWriter(someDefinitions(), NOW)(aContact({ attributes }));

    expect(text).toMatch(
      /,"attributes":\{"id":12345678901234567890,"price":1\.0,"__proto__":\{"a":1e400\},"\\"":null\}\}$/,
    );
    expect(() => JSON.parse(text)).not.toThrow();
  });
});
