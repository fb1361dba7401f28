import fc from 'fast-check';
import { emailIdentity, type Identity, type Namespace } from '#shared/identities/identity.ts';
import type { Happening, Identify, Names, Sent } from './people.ts';

const DAY = 86_400_000;

/** Half a day, so that no event is near the border of a rule of whole days. */
const HALF = DAY / 2;

/** The moment before which everything happens. */
export const LATEST = Math.floor(Date.now() / DAY) * DAY - DAY;

const times = fc
  .integer({ min: 0, max: 5 })
  .map((days) => new Date(LATEST - days * 40 * DAY - HALF).toISOString());

const VALUES = ['pro', 'free', '', 1, 1.5, true, null, null, { deep: [1, null] }];

const attributes = fc.dictionary(
  fc.constantFrom('plan', 'age', '__proto__', 'a b'),
  fc.constantFrom(...VALUES),
  { maxKeys: 3, noNullPrototype: true },
);

type EventShape = Pick<Sent['event'], 'kind' | 'type'>;

const SHAPES: readonly EventShape[] = [
  { kind: 'email', type: 'opened' },
  { kind: 'email', type: 'complained' },
  { kind: 'web', type: 'page_view' },
  { kind: 'track', type: 'purchased' },
  { kind: 'track', type: 'a.b #1' },
];

let made = 0;

const eventBy = (identities: readonly Identity[]): fc.Arbitrary<Happening> =>
  fc
    .tuple(fc.constantFrom(...identities), fc.constantFrom(...SHAPES), times, fc.integer({ min: 0, max: 3 }))
    .map(([by, shape, at, second]): Happening => {
      made += 1;
      return {
        kind: 'event',
        by,
        event: { ...shape, occurredAt: Date.parse(at) + second * 1_000, eventId: `event ${made}` },
      };
    });

const identitiesOf = (names: Names): Identity[] =>
  Object.entries(names).map(([namespace, value]) =>
    namespace === 'email' ? emailIdentity(value) : { namespace: namespace as Namespace, value },
  );

const mergeOf = (identities: readonly Identity[]): fc.Arbitrary<Happening> =>
  fc
    .tuple(fc.constantFrom(...identities), fc.constantFrom(...identities))
    .map(([from, into]): Happening => ({ kind: 'merge', from, into }));

const identify = (names: readonly Names[], when: fc.Arbitrary<string | undefined>): fc.Arbitrary<Identify> =>
  fc
    .record({ names: fc.constantFrom(...names), updatedAt: when, attributes })
    .map((fields): Identify => ({ kind: 'identify', ...fields }));

/** The names of a person: at most one userId; a second address only beside the userId. */
const namesOfPerson = (nth: number): { readonly all: Names[]; readonly must: Names[] } => {
  const [userId, phone] = [`user ${nth} #`, `+1213373${4_000 + nth}`];
  const [email, old] = [`person-${nth}@example.com`, `old-${nth}@example.com`];
  const [first, second] = [`browser ${nth} a`, `browser ${nth} b`];
  return {
    must: [
      { userId, email },
      { userId, email: old },
      { email, phone },
      { email: old, anonymousId: second },
    ],
    all: [
      { userId },
      { email: `Person-${nth}@Example.com`, anonymousId: first },
      { phone, anonymousId: first },
      { userId, phone, anonymousId: second },
      { anonymousId: first },
      { userId, email, phone, anonymousId: first },
      { userId, email: old, anonymousId: second },
    ],
  };
};

/** What happens to one person without conflicts. */
const ofPerson = (nth: number): fc.Arbitrary<Happening[]> => {
  const { must, all } = namesOfPerson(nth);
  const names = [...must, ...all];
  return fc
    .record({
      // Whoever has two addresses, has both in messages with the userId.
      isWhole: fc.boolean(),
      first: fc.tuple(times, attributes),
      others: fc.array(identify(names, times), { maxLength: 4 }),
    })
    .chain(({ isWhole, first: [updatedAt, said], others }) => {
      const whole = must.map(
        (each): Identify => ({ kind: 'identify', names: each, updatedAt, attributes: said }),
      );
      const plain = others.filter(({ names: { email } }) => isWhole || !email?.startsWith('old'));
      const identifies: Identify[] = isWhole
        ? [...whole, ...plain]
        : [{ kind: 'identify', names: { phone: must[2]?.phone ?? '' }, updatedAt }, ...plain];
      const identities = identifies.flatMap((each) => identitiesOf(each.names));
      const known = [...new Map(identities.map((each) => [JSON.stringify(each), each])).values()];
      // Merges of what messages make one in any case, so that it does not matter when they arrive.
      const connected = must.flatMap(identitiesOf);
      return fc
        .tuple(
          fc.array(eventBy(known), { maxLength: 6 }),
          fc.array(mergeOf(connected), { maxLength: isWhole ? 2 : 0 }),
        )
        .map(([events, merges]): Happening[] => [...identifies, ...events, ...merges]);
    });
};

/** What happens to some people without conflicts, in any order. */
export const peacefulHappenings: fc.Arbitrary<Happening[]> = fc
  .tuple(...[0, 1, 2, 3].map(ofPerson))
  .map((each) => each.flat());

const USERS = ['u-1', 'u-2', 'u-3'];
const EMAILS = ['a@example.com', 'b@example.com', 'c@example.com', 'B@Example.com'];
const PHONES = ['+12133734253', '+4915112345678'];
const BROWSERS = ['shared', 'b-1', 'b-2'];

const sharedNames: fc.Arbitrary<Names> = fc
  .record(
    {
      userId: fc.constantFrom(...USERS),
      email: fc.constantFrom(...EMAILS),
      phone: fc.constantFrom(...PHONES),
      anonymousId: fc.constantFrom(...BROWSERS),
    },
    { requiredKeys: [], noNullPrototype: true },
  )
  .filter((names) => Object.keys(names).length > 0);

const anyIdentity: fc.Arbitrary<Identity> = fc.constantFrom(
  ...USERS.map((value): Identity => ({ namespace: 'userId', value })),
  ...EMAILS.slice(0, 3).map((value): Identity => ({ namespace: 'email', value })),
  ...PHONES.map((value): Identity => ({ namespace: 'phone', value })),
  ...BROWSERS.map((value): Identity => ({ namespace: 'anonymousId', value })),
);

/** What happens to people who share addresses, phones and browsers, in this order. */
export const happeningsInConflict: fc.Arbitrary<Happening[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .record({ names: sharedNames, updatedAt: fc.option(times, { nil: undefined }), attributes })
        .map((fields): Happening => ({ kind: 'identify', ...fields })),
    },
    { weight: 1, arbitrary: fc.array(anyIdentity, { minLength: 1, maxLength: 1 }).chain(eventBy) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(anyIdentity, anyIdentity)
        .map(([from, into]): Happening => ({ kind: 'merge', from, into })),
    },
  ),
  { minLength: 5, maxLength: 25 },
);
