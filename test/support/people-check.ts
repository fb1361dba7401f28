import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createSegmentStore } from '#shared/segments/segment-store.ts';
import { newOrg } from './api.ts';
import { engagementOf, isNear } from './formula.ts';
import {
  attributesOf,
  eachOnce,
  type Happened,
  type Happening,
  lastOf,
  nameOf,
  type Person,
  timelineOf,
} from './people.ts';
import { contradictionsIn, readPeople, type Seen, seenOf } from './people-rows.ts';
import { newPeopleStage, peopleTables } from './people-stage.ts';
import { aSegment } from './refresh-world.ts';
import { stackDynamo } from './tables.ts';

const DAY = 86_400_000;

const countOf = (timeline: readonly Happened[], kind: string, type: string): number =>
  timeline.filter((event) => event.kind === kind && event.type === type).length;

/** The score of a person if it is as by the formula. */
const AS_BY_THE_FORMULA = 'as by the formula';

/** Segments by id: the rule, and whether a person is in it, computed naively. */
const SEGMENTS: Readonly<
  Record<string, [object, (attributes: Record<string, string>, timeline: readonly Happened[]) => boolean]>
> = {
  seg_00000000000000000000000011: [
    { attribute: { name: 'plan', equals: 'pro' } },
    ({ plan }) => plan === '"pro"',
  ],
  seg_00000000000000000000000012: [
    { event: { kind: 'track', type: 'purchased', atLeast: 2 } },
    (_, timeline) => countOf(timeline, 'track', 'purchased') >= 2,
  ],
  seg_00000000000000000000000013: [
    { not: { event: { kind: 'web' } } },
    (_, timeline) => countOf(timeline, 'web', 'page_view') === 0,
  ],
  seg_00000000000000000000000014: [
    { event: { kind: 'profile', atLeast: 2 } },
    (_, timeline) => countOf(timeline, 'profile', 'updated') >= 2,
  ],
  seg_00000000000000000000000015: [
    { event: { kind: 'email', type: 'opened', within: '100d' } },
    (_, timeline) =>
      timeline.some(({ type, occurredAt }) => type === 'opened' && occurredAt > Date.now() - 100 * DAY),
  ],
};

/**
 * A new organisation with segments, and the code that people are stored and refreshed with.
 * @param client - of DynamoDB. @default - a client of the stack
 */
export const newStage = async (client?: DynamoDBClient) => {
  const org = await newOrg();
  const segments = createSegmentStore(stackDynamo(), peopleTables());
  await Promise.all(
    Object.entries(SEGMENTS).map(([id, [rule]]) =>
      segments.create(org.orgId, aSegment({ id, name: id, rule: rule as never })),
    ),
  );
  return { org, ...newPeopleStage(org.orgId, client) };
};

/** See {@link newStage}. */
export type Stage = Awaited<ReturnType<typeof newStage>>;

/** What a person should look like. */
const expectedOf = (person: Person, happenings: readonly Happening[]) => {
  const { email, externalId } = lastOf(person.said);
  const attributes = attributesOf(person);
  const timeline = timelineOf(person, happenings);
  const segments = Object.entries(SEGMENTS).filter(([, [, isIn]]) => isIn(attributes, timeline));
  return {
    names: [...person.names].toSorted(),
    email,
    externalId,
    attributes,
    timeline,
    segments: segments.map(([id]) => id).toSorted(),
    score: AS_BY_THE_FORMULA,
  };
};

const asExpected = ({ standing, ...seen }: Seen) => {
  const { scoredAt = 0, score, segments } = standing;
  const expected = engagementOf(seen.timeline, scoredAt);
  return {
    ...seen,
    segments: [...segments.keys()].toSorted(),
    score: isNear(score, expected) ? AS_BY_THE_FORMULA : score,
  };
};

/** Refreshes all contacts, by the ids of all identities. */
export const refreshEveryone = async ({ org, refresh }: Stage): Promise<void> => {
  const { identities } = await readPeople(org.orgId);
  await refresh([...identities.keys()]);
};

/** Expects that the people of the stage are as a naive reader of the messages knows them, and the tables without contradictions. */
export const expectPeople = async (
  { org }: Stage,
  people: readonly Person[],
  happenings: readonly Happening[],
): Promise<void> => {
  const rows = await readPeople(org.orgId);
  expect(contradictionsIn(rows)).toEqual([]);
  const seen = await seenOf(org.orgId, rows);
  const expected = people.map((person) => expectedOf(person, happenings));
  expect(seen.map(asExpected)).toEqual(
    expected.toSorted((a, b) => ((a.names[0] ?? '') < (b.names[0] ?? '') ? -1 : 1)),
  );
  // By any of its identities, the same contact is read.
  const [contact] = rows.contacts;
  for (const id of contact?.identities.keys() ?? []) {
    const { status, body } = await org.get(`/v1/contacts/${id}`);
    expect([status, body.contactId]).toEqual([200, contact?.contactId]);
  }
};

/** Expects no contradiction in the tables, and every event in one timeline. */
export const expectNoContradictions = async (
  { org }: Stage,
  happenings: readonly Happening[],
): Promise<void> => {
  const rows = await readPeople(org.orgId);
  const seen = await seenOf(org.orgId, rows);
  const names = new Set(seen.flatMap((person) => person.names));
  expect(contradictionsIn(rows)).toEqual([]);
  expect(eachOnce(seen.flatMap(({ timeline }) => timeline))).toEqual(
    timelineOf({ names, said: [] }, happenings),
  );
  expect(seen.map(asExpected).filter(({ score }) => score !== AS_BY_THE_FORMULA)).toEqual([]);
};

/** All events by identities, whether or not these are somebody's. */
export const eventsOf = (happenings: readonly Happening[]): Happened[] => {
  const names = happenings.flatMap((each) => (each.kind === 'event' ? [nameOf(each.by)] : []));
  return timelineOf({ names: new Set(names), said: [] }, happenings);
};

/** A list in pieces. */
export const cut = <T>(list: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, nth) => list.slice(nth * size, (nth + 1) * size));

/** A list in the order of some numbers. */
export const shuffledBy = <T>(list: readonly T[], keys: readonly number[]): T[] =>
  list
    .map((one, nth) => [keys[nth % keys.length] ?? 0, (nth * 7_919) % 101, one] as const)
    .toSorted((a, b) => a[0] - b[0] || a[1] - b[1])
    .map(([, , one]) => one);
