import fc from 'fast-check';
import type { Accepted, Format } from '#shared/clients/accepted.ts';
import { emailIdentity, type Identity } from '#shared/identities/identity.ts';
import type { Cast } from './stream-stage.ts';

/** When the records of a story were accepted, ms since 1970. */
export const ACCEPTED_AT = Date.now() - 60_000;

const DAY_MS = 86_400_000;

/** The moment some days before, as clients send it. */
const daysAgo = (days: number): number => Math.floor((ACCEPTED_AT - days * DAY_MS) / 1_000) * 1_000;
const iso = (days: number): string => new Date(daysAgo(days)).toISOString();
const seconds = (days: number): number => daysAgo(days) / 1_000;

/** A record of the queue, but for its organisation. */
export type StoryRecord = Omit<Accepted, 'orgId'>;

const recordOf = (format: Format, ...messages: readonly object[]): StoryRecord => ({
  format,
  receivedAt: ACCEPTED_AT,
  first: 0,
  messages: messages.map((message) => JSON.stringify(message)),
});

/** The records of an organisation. */
export const recordsOf = (orgId: string, story: readonly StoryRecord[]): Accepted[] =>
  story.map((record) => ({ orgId, ...record }));

/** A person of stories: their names, and a user id that they had before. */
const person = (n: number) => ({
  userId: `user ${n}`,
  anonymousId: `anonymous ${n}`,
  email: `user-${n}@example.com`,
  oldId: `old ${n}`,
});

const PERSONS = [person(1), person(2)];
const GROUPS = ['acme', 'umbrella'] as const;

const identitiesOf = ({ userId, anonymousId, email, oldId }: ReturnType<typeof person>): Identity[] => [
  { namespace: 'userId', value: userId },
  { namespace: 'anonymousId', value: anonymousId },
  emailIdentity(email),
  { namespace: 'userId', value: oldId },
  { namespace: 'anonymousId', value: oldId },
];

/** Everybody and everything in stories. */
export const CAST: Cast = { identities: PERSONS.flatMap(identitiesOf), groupIds: GROUPS };

const { userId, anonymousId, email, oldId } = person(1);

/**
 * A story with all that messages can say, and what each message says is said once: people, companies, events, devices, a merge;
 * messages with and without a time, and one that breaks a rule.
 */
export const STORY: readonly StoryRecord[] = [
  recordOf(
    'segment',
    { type: 'track', anonymousId, event: 'visited', messageId: 'm-1', timestamp: iso(9) },
    {
      type: 'identify',
      userId,
      anonymousId,
      messageId: 'm-2',
      timestamp: iso(8),
      traits: { email, plan: 'pro' },
    },
  ),
  recordOf(
    'segment',
    { type: 'track', userId, event: 'purchased', messageId: 'm-3', properties: { price: 23.45 } },
    { type: 'track', userId, messageId: 'm-4', timestamp: iso(7) },
    { type: 'page', userId, name: 'Home', messageId: 'm-5', timestamp: iso(6) },
  ),
  recordOf('segment', {
    type: 'group',
    userId,
    groupId: 'acme',
    messageId: 'm-6',
    timestamp: iso(5),
    traits: { name: 'Acme', plan: 'enterprise' },
  }),
  recordOf(
    'segment',
    { type: 'track', userId: oldId, event: 'purchased', messageId: 'm-7', timestamp: iso(400) },
    { type: 'alias', userId, previousId: oldId, messageId: 'm-8', timestamp: iso(4) },
  ),
  recordOf(
    'customer-io',
    {
      type: 'person',
      action: 'identify',
      identifiers: { id: userId },
      timestamp: seconds(3),
      attributes: { plan: 'free', created_at: seconds(500) },
    },
    {
      type: 'person',
      action: 'event',
      identifiers: { email },
      name: 'opened it',
      id: 'ulid-1',
      timestamp: seconds(2),
    },
    {
      type: 'person',
      action: 'add_device',
      identifiers: { id: userId },
      timestamp: seconds(1),
      device: { token: 'token-1', platform: 'ios' },
    },
  ),
];

/** The number of messages of {@link STORY} that break a rule. */
export const STORY_REFUSED = 1;

const nth = fc.integer({ min: 1, max: 1_000_000 });
const days = fc.integer({ min: 1, max: 9 });
const who = fc.constantFrom(...PERSONS);
const group = fc.constantFrom(...GROUPS);
const plan = fc.constantFrom('pro', 'free', null, 3);

/** Names of one person that the person has for themselves, so that nobody shares any. */
const names = who.chain((one) =>
  fc.constantFrom(
    { userId: one.userId },
    { anonymousId: one.anonymousId },
    { userId: one.userId, anonymousId: one.anonymousId },
  ),
);

/** The fields that each message of a Segment-shaped client has. */
const common = fc
  .record({ id: nth, ago: days })
  .map(({ id, ago }) => ({ messageId: `m-${id}`, timestamp: iso(ago) }));

const segmentMessage = fc
  .tuple(
    common,
    fc.oneof(
      fc.record({ type: fc.constant('track'), names, event: fc.constantFrom('purchased', 'Email Opened') }),
      fc.record({ type: fc.constant('page'), names, name: fc.constantFrom('Home', 'Prices') }),
      fc.record({ type: fc.constant('identify'), names, traits: fc.record({ plan }) }),
      who.chain((one) =>
        fc.record({
          type: fc.constant('identify'),
          names: fc.constant({ userId: one.userId }),
          traits: fc.record({ email: fc.constant(one.email), plan }),
        }),
      ),
      fc.record({ type: fc.constant('group'), names, groupId: group, traits: fc.record({ plan }) }),
      fc.record({
        type: fc.constant('track'),
        names,
        event: fc.constant('used'),
        context: fc.record({ groupId: group }),
      }),
      who.map((one) => ({
        type: 'alias',
        names: { userId: one.userId },
        previousId: one.oldId,
      })),
      who.map((one) => ({ type: 'track', names: { userId: one.oldId }, event: 'purchased' })),
    ),
  )
  .map(([fields, { names: named, ...message }]) => recordOf('segment', { ...fields, ...named, ...message }));

const identifiers = who.chain((one) => fc.constantFrom({ id: one.userId }, { email: one.email }));

const operation = fc
  .record({
    timestamp: days.map(seconds),
    said: fc.oneof(
      fc.record({ action: fc.constant('identify'), identifiers, attributes: fc.record({ plan }) }),
      fc.record({
        action: fc.constant('event'),
        identifiers,
        name: fc.constantFrom('purchased', 'opened it'),
        id: nth.map((id) => `ulid-${id}`),
      }),
      fc.record({
        action: fc.constantFrom('add_relationships', 'delete_relationships'),
        identifiers,
        cio_relationships: group.map((object_id) => [{ identifiers: { object_type_id: '1', object_id } }]),
      }),
      fc.record({
        action: fc.constantFrom('add_device', 'delete_device'),
        identifiers,
        device: fc.constantFrom('a', 'b').map((token) => ({ token, platform: 'ios' })),
      }),
      who.map((one) => ({ action: 'merge', primary: { id: one.userId }, secondary: { id: one.oldId } })),
    ),
  })
  .map(({ timestamp, said }) => recordOf('customer-io', { type: 'person', timestamp, ...said }));

/** Messages of people who share no names, each in a record of its own. */
export const stories: fc.Arbitrary<StoryRecord[]> = fc.array(fc.oneof(segmentMessage, operation), {
  minLength: 3,
  maxLength: 12,
});
