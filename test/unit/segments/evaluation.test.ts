import * as v from 'valibot';
import type { HistoryEvent } from '#shared/events/kinds.ts';
import { compileScoring, DEFAULT_SCORING } from '#shared/scoring/scoring-settings.ts';
import { createTally } from '#shared/scoring/tally.ts';
import { compileSegments, type Membership } from '#shared/segments/evaluation.ts';
import { SegmentRuleSchema } from '#shared/segments/rule.ts';

const NOW = Date.UTC(2026, 0, 12);
const DAY = 86_400_000;

const event = (daysAgo: number, fields: Partial<HistoryEvent> = {}): HistoryEvent => ({
  kind: 'email',
  type: 'opened',
  occurredAt: NOW - daysAgo * DAY,
  ...fields,
});

const evaluated = (
  rules: Readonly<Record<string, unknown>>,
  history: readonly HistoryEvent[],
  attributes: Readonly<Record<string, unknown>> = {},
): Membership => {
  const scoring = compileScoring(DEFAULT_SCORING);
  const segments = Object.entries(rules).map(([id, rule]) => ({
    id,
    rule: v.parse(SegmentRuleSchema, rule),
  }));
  const pass = compileSegments(segments).begin(NOW);
  const tally = createTally(scoring);
  for (const one of history) {
    tally.add(one);
    pass.add(one);
  }
  const texts = Object.entries(attributes).map(([name, value]) => [name, JSON.stringify(value)] as const);
  return pass.end({ ...tally.end(NOW), attributes: new Map(texts), scoring });
};

const opened = (fields: object) => ({ event: { kind: 'email', type: 'opened', ...fields } });

describe('segments of a contact', () => {
  it('are those whose rule is satisfied', () => {
    const { memberOf } = evaluated(
      {
        openers: opened({}),
        clickers: { event: { kind: 'email', type: 'clicked' } },
        neverClicked: { event: { kind: 'email', type: 'clicked', atLeast: 0, atMost: 0 } },
        fans: { score: { atLeast: 1.5 } },
        austin: { locationInterest: { location: 'AUSTIN', atLeast: 0.5 } },
        elsewhere: { locationInterest: { location: 'Boston', atMost: 0 } },
        pro: { all: [{ attribute: { name: 'plan', equals: 'pro' } }, opened({})] },
        free: { attribute: { name: 'plan', equals: 'free' } },
        holiday: opened({ where: { 'metadata.subject': { contains: 'Holiday' } } }),
        summer: opened({ where: { subject: { contains: 'Summer' } } }),
      },
      [
        event(2, { metadata: '{"subject": "Holiday Gift Guide"}' }),
        event(1, { kind: 'location-interests', type: 'search', strength: 0.8, location: 'Austin' }),
        event(0),
      ],
      { plan: 'pro' },
    );

    expect([...memberOf]).toEqual([
      'openers',
      'neverClicked',
      'fans',
      'austin',
      'elsewhere',
      'pro',
      'holiday',
    ]);
  });

  it('are by the names of named events, exactly as they were sent', () => {
    const named = (type?: string) => ({ event: { kind: 'track', ...(type !== undefined && { type }) } });
    const history = ['purchased', 'Dashboard Loaded', '__proto__', '🏙 #1'].map((type) =>
      event(1, { kind: 'track', type }),
    );

    const { memberOf } = evaluated(
      {
        any: named(),
        buyers: named('purchased'),
        city: named('🏙 #1'),
        proto: named('__proto__'),
        constructor: named('constructor'),
        otherCase: named('Purchased'),
        emails: { event: { kind: 'email' } },
      },
      history,
    );

    expect([...memberOf]).toEqual(['any', 'buyers', 'city', 'proto']);
  });

  it('contain those of profile events if a rule asks for them', () => {
    const history = [event(1, { kind: 'profile', type: 'updated', metadata: '{"plan":"pro"}' })];
    const updated = (fields: object) => ({ event: { kind: 'profile', type: 'updated', ...fields } });

    const { memberOf } = evaluated(
      {
        recent: updated({ within: '2d' }),
        toPro: updated({ where: { plan: { equals: 'pro' } } }),
        toFree: updated({ where: { plan: { equals: 'free' } } }),
        anyOther: { any: ['email', 'web', 'track'].map((kind) => ({ event: { kind } })) },
        engaged: { not: { score: { atLeast: 0, atMost: 0 } } },
      },
      history,
    );

    expect([...memberOf]).toEqual(['recent', 'toPro']);
  });

  it('are none if there are no segments', () => {
    expect(evaluated({}, [event(1)])).toEqual({ memberOf: new Set(), nextChange: undefined });
  });

  it.each([
    ['the oldest moment within', { within: '30d' }, 30 * DAY, true],
    ['a millisecond too old', { within: '30d' }, 30 * DAY + 1, false],
    ['the newest moment before', { before: '30d' }, 30 * DAY, true],
    ['a millisecond too new', { before: '30d' }, 30 * DAY - 1, false],
    ['some minutes in the future, within', { within: '1m' }, -300_000, true],
    ['some minutes in the future, without bounds', {}, -300_000, true],
    ['some minutes in the future, before', { before: '1m' }, -300_000, false],
  ])('count an event only inside the window: %s', (_, window, age, isMember) => {
    const { memberOf } = evaluated({ segment: opened(window) }, [event(0, { occurredAt: NOW - age })]);

    expect(memberOf.has('segment')).toBe(isMember);
  });

  it('reject events that are not oldest first', () => {
    expect(() => evaluated({ segment: opened({}) }, [event(1), event(2)])).toThrow(RangeError);
  });

  it('do not parse metadata of events that cannot affect any rule', () => {
    const unreadable = { metadata: 'no JSON' };

    const { memberOf } = evaluated(
      {
        recent: opened({ within: '1d', where: { a: { exists: false } } }),
        once: opened({ where: { a: { exists: false } } }),
      },
      [event(9), event(8, unreadable), event(7, { ...unreadable, type: 'clicked' }), event(0)],
    );

    expect([...memberOf]).toEqual(['recent', 'once']);
  });
});

describe('the next change', () => {
  const history = [event(90), event(60), event(20), event(10)];

  it.each<[string, unknown, number | undefined]>([
    ['when the newest event leaves', opened({ within: '30d' }), 20 * DAY + 1],
    ['when too few are left', opened({ atLeast: 2, within: '30d' }), 10 * DAY + 1],
    ['never if events that have left cannot return', opened({ atLeast: 3, within: '30d' }), undefined],
    ['when few enough are left', opened({ atMost: 1, within: '30d' }), 10 * DAY + 1],
    ['never if any number satisfies the rule', opened({ atLeast: 0, within: '30d' }), undefined],
    ['never without a window', opened({ atLeast: 9 }), undefined],
    ['when enough are old', opened({ atLeast: 3, before: '30d' }), 10 * DAY],
    ['when too many are old', opened({ atMost: 2, before: '30d' }), 10 * DAY],
    ['never if too many are already old', opened({ atMost: 1, before: '30d' }), undefined],
    ['when one enters a window between', opened({ within: '40d', before: '30d' }), 10 * DAY],
    [
      'when all that are in a window between could have left',
      opened({ within: '61d', before: '30d' }),
      DAY + 1,
    ],
    ['never of attributes', { attribute: { name: 'plan', exists: false } }, undefined],
    [
      'never if another part prevents it',
      { all: [opened({ within: '30d' }), { attribute: { name: 'x', exists: true } }] },
      undefined,
    ],
    ['never if another part suffices', { any: [opened({ within: '30d' }), opened({})] }, undefined],
    [
      'when the last event that prevents membership leaves',
      { not: { any: [opened({ within: '95d' }), opened({ within: '30d' })] } },
      85 * DAY + 1,
    ],
    [
      'when the first required event leaves',
      { all: [opened({ within: '30d' }), opened({ within: '95d' })] },
      20 * DAY + 1,
    ],
  ])('is %s', (_, rule, wait) => {
    expect(evaluated({ segment: rule }, history).nextChange).toBe(
      wait === undefined ? undefined : NOW + wait,
    );
  });

  it('is when the score falls below its lower limit', () => {
    const { memberOf, nextChange } = evaluated({ segment: { score: { atLeast: 0.25, atMost: 3 } } }, [
      event(0),
    ]);

    expect(memberOf.has('segment')).toBe(true);
    expect(Math.abs((nextChange as number) - (NOW + 60 * DAY))).toBeLessThanOrEqual(1);
  });

  it('is the earliest of all segments', () => {
    const { nextChange } = evaluated(
      { late: opened({ within: '30d' }), soon: opened({ within: '15d' }) },
      history,
    );

    expect(nextChange).toBe(NOW + 5 * DAY + 1);
  });
});
