import fc from 'fast-check';
import * as v from 'valibot';
import { KINDS } from '#shared/events/kinds.ts';
import { RefreshBodySchema } from '#shared/refresh/request.ts';
import { ScoringSettingsSchema } from '#shared/scoring/scoring-settings.ts';
import { SegmentBodySchema } from '#shared/segments/segment.ts';
import { bodySchemaOf, expectAgreement, serviceOf, violationsBy } from '#test/support/agreement.ts';
import { SARAH_ID } from '#test/support/builders.ts';
import { nearby } from '#test/support/nearby.ts';
import { rules } from '../segments/scenario.ts';

const DURATIONS = ['30d', '90m', '0d', '030d', '30', '30y', '-1d', '1.5h', '9999999w'];
const BEYOND_DURATION = /^must be a duration from 1m to 3660d$/;

describe('the schema of a segment and the service agree', () => {
  const KEYS = [
    'all',
    'any',
    'not',
    'event',
    'score',
    'locationInterest',
    'attribute',
    'company',
    'kind',
    'type',
    'atLeast',
  ];
  const FIELDS = [
    'atMost',
    'within',
    'before',
    'where',
    'equals',
    'contains',
    'exists',
    'location',
    'name',
    'rule',
  ];
  const PATHS = [
    'metadata.',
    'metadata',
    'a..b',
    '.a',
    'a.',
    'x'.repeat(247),
    'x'.repeat(248),
    `metadata.${'x'.repeat(247)}`,
  ];
  const VALUES = [
    ...DURATIONS,
    ...KINDS,
    'opened',
    'page_view',
    'ip_geolocation',
    'Not A Word',
    'x'.repeat(64),
    'x'.repeat(65),
  ];
  const LONG = [128, 129, 256, 257, 1_024, 1_025].map((length) => 'x'.repeat(length));

  it('about rules, whatever part of them is wrong', () => {
    expectAgreement({
      schema: bodySchemaOf('createSegment'),
      service: serviceOf(SegmentBodySchema),
      beyond: [
        BEYOND_DURATION,
        /^must not be less than atLeast$/,
        /^must be less than within$/,
        /^is given twice$/,
        /^must be at most 50000 characters of JSON$/,
        /^must have at most 100 nodes$/,
        /^must not be more than 10 levels deep$/,
      ],
      texts: nearby(
        fc.record({ name: fc.constantFrom('Engaged', 'x'), rule: rules }),
        [...KEYS, ...FIELDS, ...PATHS],
        [...VALUES, ...LONG],
      ),
    });
  });

  it.each([
    ['no leaf in a list', { all: [] }],
    ['no operator', {}],
    ['no kind', { event: {} }],
    ['an unknown kind', { event: { kind: 'sms' } }],
    ['a type of another kind', { event: { kind: 'email', type: 'page_view' } }],
    ['no bound', { score: {} }],
    ['no condition', { attribute: { name: 'plan' } }],
    ['no condition on a company', { company: { name: 'plan' } }],
    ['nothing to negate', { not: {} }],
    ['two operators', { all: [{ score: { atLeast: 1 } }], any: [{ score: { atLeast: 1 } }] }],
  ])('that a rule is invalid with %s, at any depth', (_what, rule) => {
    const violationsOf = violationsBy(bodySchemaOf('createSegment'));
    const deep = { all: [{ not: { any: [rule] } }] };

    expect(violationsOf({ name: 'Engaged', rule })).not.toEqual([]);
    expect(violationsOf({ name: 'Engaged', rule: deep })).not.toEqual([]);
  });
});

describe('the schema of scoring and the service agree', () => {
  const NAMES = [
    'email.opened',
    'email.forward',
    'email',
    'email.',
    'sms.sent',
    'location-history.ip',
    'location-history.IP',
  ];
  const LONG = [
    `location-interests.${'x'.repeat(64)}`,
    `location-interests.${'x'.repeat(65)}`,
    'web.click\n',
  ];
  const NAMED = ['purchased', 'track.purchased', 'a.b', '__proto__', '', 'x'.repeat(128), 'x'.repeat(129)];
  const VALID = {
    halfLives: { engagement: '30d', locationInterest: '2w' },
    weights: { 'email.opened': 2 },
    track: { purchased: 10, 'Dashboard Loaded': 0 },
    trackDefault: 2,
  };

  it('about half-lives and weights, whatever part of them is wrong', () => {
    expectAgreement({
      schema: bodySchemaOf('setScoring'),
      service: serviceOf(ScoringSettingsSchema),
      beyond: [BEYOND_DURATION, /^must be at least 1h$/],
      texts: nearby(
        fc.constant(VALID),
        [
          'halfLives',
          'weights',
          'track',
          'trackDefault',
          'engagement',
          'halflives',
          ...NAMES,
          ...LONG,
          ...NAMED,
        ],
        [...DURATIONS, '59m', '60m', '3660d', '3661d', 1_000, -1_000, 1_000.5],
      ),
    });
  });

  it('that there are at most 500 weights, of which the schema counts only those that are sent', () => {
    const violationsOf = violationsBy(bodySchemaOf('setScoring'));
    const weights = (count: number) => ({
      weights: Object.fromEntries(Array.from({ length: count }, (_, nth) => [`location-history.s${nth}`, 1])),
    });

    expect([violationsOf(weights(500)), v.is(ScoringSettingsSchema, weights(488))]).toEqual([[], true]);
    expect(violationsOf(weights(501))).toMatchObject([{ message: 'must NOT have more than 500 properties' }]);

    const track = (count: number) => ({
      track: Object.fromEntries(Array.from({ length: count }, (_, nth) => [`name ${nth}`, 1])),
    });
    expect([violationsOf(track(488)), v.is(ScoringSettingsSchema, track(488))]).toEqual([[], true]);
    expect([violationsOf(track(489)).length > 0, v.is(ScoringSettingsSchema, track(489))]).toEqual([
      true,
      false,
    ]);
  });
});

describe('the schema of a refresh and the service agree', () => {
  it('about its two forms', () => {
    expectAgreement({
      schema: bodySchemaOf('startRefresh'),
      service: serviceOf(RefreshBodySchema),
      beyond: [],
      texts: nearby(
        fc.constantFrom({ contactIds: [SARAH_ID, 'unknown'] }, { affected: true }),
        ['contactIds', 'affected'],
        [SARAH_ID, [SARAH_ID], true, 'true'],
      ),
    });
  });

  it('that 1000 ids are the maximum', () => {
    const violationsOf = violationsBy(bodySchemaOf('startRefresh'));
    const body = (count: number) => ({ contactIds: Array.from({ length: count }, (_, nth) => `c_${nth}`) });

    expect(violationsOf(body(1_000))).toEqual([]);
    expect(violationsOf(body(1_001))).not.toEqual([]);
  });
});
