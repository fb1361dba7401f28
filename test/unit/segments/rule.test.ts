import fc from 'fast-check';
import * as v from 'valibot';
import { parseLossless } from '#shared/json/lossless-json.ts';
import { ruleError, SegmentRuleSchema } from '#shared/segments/rule.ts';
import { rules } from './scenario.ts';

const messageOf = (rule: unknown): string | undefined => {
  const result = v.safeParse(SegmentRuleSchema, rule);
  return result.success ? undefined : ruleError(result.issues);
};

const opened = { event: { kind: 'email', type: 'opened' } };
const email = (fields: object): object => ({ event: { kind: 'email', ...fields } });
const nested = (depth: number): unknown => {
  let rule: unknown = opened;
  for (let at = 1; at < depth; at += 1) rule = { not: rule };
  return rule;
};

describe('a rule', () => {
  it.each([
    [opened],
    [
      {
        all: [opened, { not: { any: [{ score: { atLeast: 20 } }, { score: { atLeast: -5, atMost: 5 } }] } }],
      },
    ],
    [{ locationInterest: { location: 'Austin, TX', atLeast: 0.5 } }],
    [{ attribute: { name: 'plan', equals: 'pro' } }],
    [{ attribute: { name: '__proto__', exists: false } }],
    [{ attribute: { name: 'churned', equals: null } }],
    [{ company: { name: 'plan', equals: 'pro', exists: true } }],
    [{ company: { name: 'employees', atLeast: 10, atMost: 50 } }],
    [email({ atLeast: 0, atMost: 0, within: '90d', before: '30d' })],
    [{ event: { kind: 'location-interests', type: 'listing_view', atLeast: 1000 } }],
    [{ event: { kind: 'web', where: { 'metadata.utm.source': { equals: 'mail', exists: true } } } }],
    [nested(10)],
    [{ any: Array.from({ length: 99 }, () => opened) }],
  ])('is accepted unchanged: %j', (rule) => {
    expect(v.parse(SegmentRuleSchema, rule)).toEqual(rule);
  });

  it('has plain numbers, whatever their notation', () => {
    const rule = parseLossless(
      '{"all": [{"event": {"kind": "web", "atLeast": 2.0, "where": {"value": {"equals": 1e2, "atMost": 100.0}}}}, {"score": {"atLeast": 1E1}}]}',
    );

    expect(v.parse(SegmentRuleSchema, rule)).toEqual({
      all: [
        { event: { kind: 'web', atLeast: 2, where: { 'metadata.value': { equals: 100, atMost: 100 } } } },
        { score: { atLeast: 10 } },
      ],
    });
  });

  it.each([
    ['plan', 'metadata.plan'],
    ['metadata.plan', 'metadata.plan'],
    ['metadata', 'metadata.metadata'],
    ['metadata.metadata.plan', 'metadata.metadata.plan'],
    ['__proto__', 'metadata.__proto__'],
    ['items.0.sku', 'metadata.items.0.sku'],
  ])('expands the path %s to %s', (path, full) => {
    const rule = JSON.parse(`{"event": {"kind": "web", "where": {"${path}": {"exists": true}}}}`);

    expect(v.parse(SegmentRuleSchema, rule)).toEqual({
      event: { kind: 'web', where: { [full]: { exists: true } } },
    });
  });

  it('does not change when it is stored and parsed again', () => {
    fc.assert(
      fc.property(rules, (rule) => {
        const stored = JSON.stringify(v.parse(SegmentRuleSchema, rule));

        expect(JSON.stringify(v.parse(SegmentRuleSchema, JSON.parse(stored)))).toBe(stored);
      }),
    );
  });
});

const OPERATORS =
  'must be an object with exactly one of all, any, not, event, score, locationInterest, attribute, company';
const CONDITIONS = 'must have one of equals, contains, exists, atLeast, atMost';

describe('an invalid rule', () => {
  it.each<[unknown, string]>([
    [undefined, `rule ${OPERATORS}`],
    [null, `rule ${OPERATORS}`],
    ['opened', `rule ${OPERATORS}`],
    [[], `rule ${OPERATORS}`],
    [{}, `rule ${OPERATORS}`],
    [{ al: [opened] }, `rule ${OPERATORS}`],
    [{ constructor: {} }, `rule ${OPERATORS}`],
    [JSON.parse('{"__proto__": {}}'), `rule ${OPERATORS}`],
    [{ all: [opened], any: [opened] }, `rule ${OPERATORS}`],
    [{ ...opened, within: '30d' }, `rule ${OPERATORS}`],
    [{ all: [] }, 'rule.all must not be empty'],
    [{ any: {} }, 'rule.any must be a list of rules'],
    [{ all: [opened, null] }, `rule.all[1] ${OPERATORS}`],
    [{ not: [opened] }, `rule.not ${OPERATORS}`],
    [
      { all: [opened, { not: { any: [email({ within: '30' })] } }] },
      'rule.all[1].not.any[0].event.within must be a duration such as 30d',
    ],
    [{ event: null }, 'rule.event must be an object'],
    [{ event: {} }, 'rule.event.kind is required'],
    [
      { event: { kind: 'sms' } },
      'rule.event.kind must be one of email, web, location-interests, location-history, track, profile',
    ],
    [email({ typ: 'opened' }), 'rule.event.typ is not known'],
    [JSON.parse('{"event": {"kind": "web", "__proto__": {}}}'), 'rule.event.__proto__ is not known'],
    [email({ constructor: 1 }), 'rule.event.constructor is not known'],
    [email({ type: null }), 'rule.event.type must be a string'],
    [email({ type: 'page_view' }), 'rule.event.type is not a known email event'],
    [{ event: { kind: 'web', type: 'opened' } }, 'rule.event.type is not a known web event'],
    [
      { event: { kind: 'location-history', type: 'IP' } },
      'rule.event.type must be a snake_case word of at most 64 characters',
    ],
    [{ event: { kind: 'track', type: '' } }, 'rule.event.type must be a string of 1 to 128 characters'],
    [{ event: { kind: 'track', type: null } }, 'rule.event.type must be a string of 1 to 128 characters'],
    [
      { event: { kind: 'track', type: '🏙'.repeat(129) } },
      'rule.event.type must be a string of 1 to 128 characters',
    ],
    [{ event: { kind: 'track', name: 'purchased' } }, 'rule.event.name is not known'],
    [{ event: { kind: 'profile', type: 'created' } }, 'rule.event.type is not a known profile event'],
    [email({ atLeast: -1 }), 'rule.event.atLeast must be a whole number from 0 to 1000'],
    [email({ atLeast: 1.5 }), 'rule.event.atLeast must be a whole number from 0 to 1000'],
    [email({ atMost: 1001 }), 'rule.event.atMost must be a whole number from 0 to 1000'],
    [email({ atMost: '1' }), 'rule.event.atMost must be a whole number from 0 to 1000'],
    [email({ atLeast: 2, atMost: 1 }), 'rule.event.atMost must not be less than atLeast'],
    [email({ before: '30d', within: '30d' }), 'rule.event.before must be less than within'],
    [email({ before: '5w', within: '30d' }), 'rule.event.before must be less than within'],
    [email({ before: '4000d' }), 'rule.event.before must be a duration from 1m to 3660d'],
    [email({ where: [] }), 'rule.event.where must be an object'],
    [email({ where: {} }), 'rule.event.where must have a condition'],
    [email({ where: { 'a..b': { exists: true } } }), 'rule.event.where.a..b must be a dotted path of keys'],
    [
      email({ where: { 'metadata.': { exists: true } } }),
      'rule.event.where.metadata. must be a dotted path of keys',
    ],
    [
      email({ where: { a: { exists: true }, 'metadata.a': { exists: true } } }),
      'rule.event.where.metadata.a is given twice',
    ],
    [email({ where: { a: 'x' } }), 'rule.event.where.metadata.a must be an object'],
    [email({ where: { a: {} } }), `rule.event.where.metadata.a ${CONDITIONS}`],
    [email({ where: { a: { equal: 1 } } }), 'rule.event.where.metadata.a.equal is not known'],
    [
      email({ where: { a: { equals: [] } } }),
      'rule.event.where.metadata.a.equals must be a string, a number, true, false or null',
    ],
    [
      email({ where: { a: { equals: 'x'.repeat(1_025) } } }),
      'rule.event.where.metadata.a.equals must be at most 1024 characters',
    ],
    [email({ where: { a: { exists: 'yes' } } }), 'rule.event.where.metadata.a.exists must be true or false'],
    [email({ where: { a: { atLeast: '1' } } }), 'rule.event.where.metadata.a.atLeast must be a number'],
    [
      email({
        where: Object.fromEntries(Array.from({ length: 11 }, (_, at) => [`a${at}`, { exists: true }])),
      }),
      'rule.event.where must have at most 10 conditions',
    ],
    [{ score: {} }, 'rule.score must have atLeast or atMost'],
    [{ score: { atleast: 1 } }, 'rule.score.atleast is not known'],
    [{ score: { atLeast: 'x' } }, 'rule.score.atLeast must be a number'],
    [parseLossless('{"score": {"atLeast": 1e999}}'), 'rule.score.atLeast must be a number'],
    [{ score: { atLeast: 2, atMost: 1 } }, 'rule.score.atMost must not be less than atLeast'],
    [{ locationInterest: { atLeast: 1 } }, 'rule.locationInterest.location is required'],
    [
      { locationInterest: { location: ' ', atLeast: 1 } },
      'rule.locationInterest.location must be a non-empty string of at most 256 characters',
    ],
    [{ locationInterest: { location: 'Austin' } }, 'rule.locationInterest must have atLeast or atMost'],
    [{ attribute: { equals: 1 } }, 'rule.attribute.name is required'],
    [{ attribute: { name: '', equals: 1 } }, 'rule.attribute.name must be a string of 1 to 128 characters'],
    [{ attribute: { name: 'plan' } }, `rule.attribute ${CONDITIONS}`],
    [{ attribute: { name: 'plan', is: 'pro' } }, 'rule.attribute.is is not known'],
    [{ company: { equals: 1 } }, 'rule.company.name is required'],
    [
      { company: { name: 'x'.repeat(129), equals: 1 } },
      'rule.company.name must be a string of 1 to 128 characters',
    ],
    [{ company: { name: 'plan' } }, `rule.company ${CONDITIONS}`],
    [{ company: { name: 'plan', is: 'pro' } }, 'rule.company.is is not known'],
    [
      { company: { name: 'plan', atLeast: 2, atMost: 1 } },
      'rule.company.atMost must not be less than atLeast',
    ],
    [nested(11), 'rule.not.not.not.not.not.not.not.not.not.not must not be more than 10 levels deep'],
    [{ any: Array.from({ length: 100 }, () => opened) }, 'rule must have at most 100 nodes'],
    [
      { any: Array.from({ length: 10 }, () => ({ all: Array.from({ length: 10 }, () => opened) })) },
      'rule must have at most 100 nodes',
    ],
    [
      { any: Array.from({ length: 60 }, () => ({ attribute: { name: 'x', equals: 'x'.repeat(1_000) } })) },
      'rule must be at most 50000 characters of JSON',
    ],
  ])('%j is rejected: %s', (rule, message) => {
    expect(messageOf(rule)).toBe(message);
  });

  it('is rejected even if it is as deep or wide as a body can be', () => {
    const deep = JSON.parse(`${'{"not":'.repeat(100_000)}1${'}'.repeat(100_000)}`);
    const wide = { all: Array.from({ length: 1_000_000 }, () => 1) };

    expect(messageOf(deep)).toMatch(/^rule\.not.* must not be more than 10 levels deep$/);
    expect(messageOf({ all: [{ score: { atLeast: deep } }] })).toBe(
      'rule.all[0].score.atLeast must be a number',
    );
    expect(messageOf(wide)).toBe('rule must have at most 100 nodes');
  });
});
