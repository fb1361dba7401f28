import { newOrg, type TestOrg } from '#test/support/api.ts';
import {
  allOf,
  importEvents,
  type OwnedEvent,
  profileOf,
  segmentEvaluated,
} from '#test/support/refreshes.ts';

const DAY = 86_400_000;

const CONTACTS = [
  { email: 'ann@example.com', attributes: { plan: 'pro', seats: 12, tags: ['vip', 'beta'], notes: null } },
  { email: 'bob@example.com', attributes: { plan: 'free', seats: 3.0, tags: [] } },
  { email: 'cem@example.com' },
];
const [ANN, BOB, CEM] = CONTACTS.map(({ email }) => email) as [string, string, string];

const days = (n: number): number => Date.now() - n * DAY;
const EVENTS: readonly OwnedEvent[] = [
  { email: ANN, kind: 'email', type: 'opened', occurredAt: days(2), metadata: '{"campaign":"spring sale"}' },
  { email: ANN, kind: 'email', type: 'opened', occurredAt: days(40), metadata: '{"campaign":"winter"}' },
  { email: ANN, kind: 'email', type: 'clicked', occurredAt: days(40) },
  {
    email: ANN,
    kind: 'web',
    type: 'conversion',
    occurredAt: days(1),
    metadata: '{"order":{"value":129.99}}',
  },
  { email: BOB, kind: 'email', type: 'opened', occurredAt: days(100), metadata: '{"metadata":{"deep":1}}' },
  { email: BOB, kind: 'web', type: 'conversion', occurredAt: days(5), metadata: '{"order":{"value":20}}' },
  { email: BOB, kind: 'location-history', type: 'gps', occurredAt: days(3), location: 'Bonn' },
  {
    email: ANN,
    kind: 'location-interests',
    type: 'search',
    occurredAt: days(1),
    location: 'Austin, TX',
    strength: 0.9,
  },
  { email: CEM, kind: 'track', type: 'Signed Up', occurredAt: days(9) },
];

/** Rules with each operator of the specification, and their members. */
const RULES: readonly (readonly [rule: object, members: string])[] = [
  [{ event: { kind: 'email' } }, 'ann bob'],
  [{ event: { kind: 'email', type: 'clicked' } }, 'ann'],
  [{ event: { kind: 'email', type: 'opened', atLeast: 2 } }, 'ann'],
  [{ event: { kind: 'email', type: 'opened', atMost: 1 } }, 'bob cem'],
  [{ event: { kind: 'email', type: 'opened', atLeast: 0, atMost: 0 } }, 'cem'],
  [{ event: { kind: 'email', type: 'opened', within: '30d' } }, 'ann'],
  [{ event: { kind: 'email', type: 'opened', before: '90d' } }, 'bob'],
  [{ event: { kind: 'email', type: 'opened', within: '90d', before: '30d' } }, 'ann'],
  [{ event: { kind: 'web', where: { 'metadata.order.value': { atLeast: 100 } } } }, 'ann'],
  [{ event: { kind: 'web', where: { 'order.value': { atMost: 20 } } } }, 'bob'],
  [{ event: { kind: 'web', where: { 'metadata.order.value': { equals: 129.99 } } } }, 'ann'],
  [{ event: { kind: 'email', where: { 'metadata.campaign': { contains: 'sale' } } } }, 'ann'],
  [{ event: { kind: 'email', where: { 'metadata.metadata.deep': { exists: true } } } }, 'bob'],
  [{ event: { kind: 'location-history', type: 'gps' } }, 'bob'],
  [{ event: { kind: 'location-interests', type: 'search' } }, 'ann'],
  [{ event: { kind: 'track', type: 'Signed Up' } }, 'cem'],
  [{ event: { kind: 'track', type: 'Signed Up', atMost: 0 } }, 'ann bob'],
  [{ event: { kind: 'profile' } }, ''],
  [{ score: { atLeast: 10 } }, 'ann'],
  [{ score: { atMost: 0.9 } }, 'cem'],
  [{ score: { atLeast: 1, atMost: 10 } }, 'bob'],
  [{ locationInterest: { location: ' AUSTIN,  tx', atLeast: 0.5 } }, 'ann'],
  [{ locationInterest: { location: 'Bonn', atMost: 0 } }, 'ann cem'],
  [{ attribute: { name: 'plan', equals: 'pro' } }, 'ann'],
  [{ attribute: { name: 'seats', equals: 3 } }, 'bob'],
  [{ attribute: { name: 'seats', atLeast: 4 } }, 'ann'],
  [{ attribute: { name: 'seats', atMost: 12 } }, 'ann bob'],
  [{ attribute: { name: 'tags', contains: 'vip' } }, 'ann'],
  [{ attribute: { name: 'plan', contains: 'r' } }, 'ann bob'],
  [{ attribute: { name: 'notes', exists: true } }, ''],
  [{ attribute: { name: 'plan', exists: false } }, 'cem'],
  [{ attribute: { name: '__proto__', exists: true } }, ''],
  [{ not: { event: { kind: 'email' } } }, 'cem'],
  [{ all: [{ event: { kind: 'email' } }, { attribute: { name: 'plan', equals: 'free' } }] }, 'bob'],
  [
    { any: [{ event: { kind: 'email', type: 'clicked' } }, { not: { event: { kind: 'email' } } }] },
    'ann cem',
  ],
];

let org: TestOrg;
const segmentIds: string[] = [];

beforeAll(async () => {
  org = await newOrg();
  await org.post('/v1/contacts/batch', { contacts: CONTACTS });
  await importEvents(org, EVENTS);
  for (const [nth, [rule]] of RULES.entries()) {
    const { body, text } = await org.post('/v1/segments', { name: `Rule ${nth}`, rule });
    if (body?.id === undefined) throw new Error(text);
    segmentIds.push(body.id);
  }
  for (const id of segmentIds) await segmentEvaluated(org, id);
}, 60_000);

describe('a rule', () => {
  it.each(RULES.map(([rule, members], nth) => [JSON.stringify(rule), members, nth] as const))(
    '%s has the members "%s"',
    async (_rule, members, nth) => {
      const found = await allOf<{ contactId: string }>(org, `/v1/segments/${segmentIds[nth]}/members`);

      const names = await Promise.all(
        found.map(async ({ contactId }) =>
          (await org.get(`/v1/contacts/${contactId}`)).body.email.slice(0, 3),
        ),
      );
      expect(names.toSorted().join(' ')).toBe(members);
    },
  );

  it('has the same result in profiles as in the lists of members', async () => {
    for (const { email } of CONTACTS) {
      const { segments } = await profileOf(org, email);
      const expected = RULES.flatMap(([, members], nth) =>
        members.includes(email.slice(0, 3)) ? [`Rule ${nth}`] : [],
      );
      expect(segments.map(({ name }: { name: string }) => name).toSorted()).toEqual(expected.toSorted());
    }
  });
});

describe('an invalid rule', () => {
  it.each([
    [
      {},
      'rule must be an object with exactly one of all, any, not, event, score, locationInterest, attribute, company',
    ],
    [[], 'rule must be an object with exactly one of'],
    [{ score: { atLeast: 1 }, not: {} }, 'rule must be an object with exactly one of'],
    [{ all: [{ event: { kind: 'sms' } }] }, 'rule.all[0].event.kind must be one of'],
    [
      { any: [{ not: { event: { kind: 'web', type: 'opened' } } }] },
      'rule.any[0].not.event.type is not a known web',
    ],
    [{ event: { kind: 'email', within: '1y' } }, 'rule.event.within must be a duration such as 30d'],
    [{ event: { kind: 'email', within: '1d', before: '1d' } }, 'rule.event.before must be less than within'],
    [{ event: { kind: 'email', atLeast: -1 } }, 'rule.event.atLeast must be a whole number from 0 to 1000'],
    [
      { event: { kind: 'email', where: { 'a..b': { exists: true } } } },
      'rule.event.where.a..b must be a dotted path',
    ],
    [{ event: { kind: 'email', where: { a: { is: 1 } } } }, 'rule.event.where.metadata.a.is is not known'],
    [{ score: { atLeast: '3' } }, 'rule.score.atLeast must be a number'],
    [{ score: { atLeast: 3, atMost: 2 } }, 'rule.score.atMost must not be less than atLeast'],
    [
      { locationInterest: { location: ' ', atLeast: 1 } },
      'rule.locationInterest.location must be a non-empty string',
    ],
    [
      { attribute: { name: 'plan' } },
      'rule.attribute must have one of equals, contains, exists, atLeast, atMost',
    ],
    [{ attribute: { name: 'plan', equals: ['pro'] } }, 'rule.attribute.equals must be a string, a number'],
  ])('%j is answered with 400 and the path of the error', async (rule, message) => {
    const { status, body } = await org.post('/v1/segments', { name: 'None', rule });

    expect(status).toBe(400);
    expect(body.error).toMatchObject({ code: 'bad_request', message: expect.stringContaining(message) });
  });
});
