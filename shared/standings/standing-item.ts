/**
 * The standing table's items: *how* a contact stands. It is created with the contact; after that, refreshes write it, each on
 * condition that the version it has read is unchanged, and whoever changes the contact's identities.
 *
 * | attribute | holds |
 * | --- | --- |
 * | `pk` | `{orgId}#{contactId}` |
 * | `version` | counts refreshes, and changes of the contact's identities |
 * | `scoredAt` `score` `interests` | the sums at a moment; readers apply the decay since then |
 * | `scoredBy` | the settings that the sums were computed with: their version and the two half-lives in ms |
 * | `rankShard` `rank` | keys of the index `byRank`: the engagement in an order that time does not change, and the id |
 * | `histories` | the identities whose histories it is computed from, packed; absent if there is only the contact's own |
 * | `segments` | a map from segment ids to the moments of entering |
 * | `lastActivityAt` | the moment of the newest event |
 * | `gone` | true if the contact has become one with another, and segments still list it; then it is in no other list |
 * | `dueShard` `dueAt` | keys of the index `byDue`; absent if time alone changes nothing |
 */
import * as v from 'valibot';
import {
  binaryAttribute,
  booleanAttribute,
  numberAttribute,
  textAttribute,
  textMapAttribute,
} from '../aws/attributes.ts';
import type { Item } from '../aws/dynamodb.ts';
import { packContactIds, unpackContactIds } from '../identities/contact-id.ts';
import { dueShard, rankShard } from '../identities/shards.ts';
import { rankOf } from '../scoring/decay.ts';
import type { ScoredBy } from '../scoring/scoring-settings.ts';
import type { Computed } from './computed.ts';

/** Locations with their sums at `scoredAt`, highest first. */
const InterestsSchema = v.array(v.object({ location: v.string(), sum: v.number() }));

const ScoredBySchema = v.pipe(
  v.object({
    M: v.object({
      version: textAttribute,
      engagementHalfLifeMs: numberAttribute,
      locationInterestHalfLifeMs: numberAttribute,
    }),
  }),
  v.transform(({ M }): ScoredBy => M),
);

const StandingItemSchema = v.pipe(
  v.object({
    pk: textAttribute,
    version: numberAttribute,
    histories: v.optional(binaryAttribute),
    scoredAt: v.optional(numberAttribute),
    scoredBy: v.optional(ScoredBySchema),
    score: v.optional(v.pipe(textAttribute, v.transform(Number)), { S: '0' }),
    interests: v.optional(v.pipe(textAttribute, v.parseJson(), InterestsSchema), { S: '[]' }),
    segments: textMapAttribute,
    lastActivityAt: v.optional(textAttribute),
    dueAt: v.optional(numberAttribute),
    gone: v.optional(booleanAttribute, { BOOL: false }),
  }),
  v.transform(({ pk, histories, ...rest }) => {
    const contactId = pk.slice(pk.indexOf('#') + 1);
    return {
      contactId,
      histories: histories === undefined ? [contactId] : unpackContactIds(histories),
      ...rest,
    };
  }),
);

/**
 * A stored standing; `segments` maps segment ids to the moments of entering, `histories` are the ids of the contact's
 * identities.
 */
export type Standing = v.InferOutput<typeof StandingItemSchema>;

/** The key of a standing's item. */
export const standingKey = (orgId: string, contactId: string): Item => ({
  pk: { S: `${orgId}#${contactId}` },
});

/**
 * Reads an item of the standing table.
 * @throws v.ValiError if it is not a standing
 */
export const fromStandingItem = (item: Item): Standing => v.parse(StandingItemSchema, item);

/** The sort key of `byRank`. It contains the contact, so it is unique and can serve as a position in the list. */
export const rankKey = (rank: string, contactId: string): string => `${rank}#${contactId}`;

/** The contact of a {@link rankKey}. */
export const contactOfRank = (key: string): string => key.slice(key.indexOf('#') + 1);

/** The rank of an engagement of 0, which is the same for all half-lives. */
const RANK_OF_ZERO = rankOf({ sum: 0, at: 0 }, 1);

/** The attribute `histories`, by the identities of a contact; absent if there is only the contact's own. */
const historiesOf = (identityIds: readonly string[]): Item =>
  identityIds.length === 1 ? {} : { histories: { B: packContactIds(identityIds) } };

/**
 * Creates the item of a contact without a refresh. It has a rank, so that the list by engagement contains it.
 * @param histories - the ids of the contact's identities. @default - only the contact's own
 * @param dueAt - when the contact must be refreshed (ms since 1970), if some of the identities have histories
 */
export const newStandingItem = (
  orgId: string,
  contactId: string,
  histories: readonly string[] = [contactId],
  dueAt?: number,
): Item => ({
  ...standingKey(orgId, contactId),
  ...historiesOf(histories),
  version: { N: '0' },
  rankShard: { S: rankShard(orgId, contactId) },
  rank: { S: rankKey(RANK_OF_ZERO, contactId) },
  segments: { M: {} },
  ...(dueAt !== undefined && { dueShard: { S: dueShard(orgId, contactId) }, dueAt: { N: String(dueAt) } }),
});

/**
 * The highest interests are kept, as many as fit into this size: together with the largest possible `segments`, an item
 * stays below DynamoDB's 400 KB.
 */
const MAX_INTERESTS_BYTES = 128 * 1024;

const interestsJson = ({ interests }: Computed): string => {
  const parts: string[] = [];
  let bytes = 2;
  for (const { location, sum } of interests) {
    const part = JSON.stringify({ location, sum });
    bytes += Buffer.byteLength(part) + 1;
    if (bytes > MAX_INTERESTS_BYTES) break;
    parts.push(part);
  }
  return `[${parts.join(',')}]`;
};

const segmentsMap = (segments: ReadonlyMap<string, string>) => ({
  M: Object.fromEntries([...segments].map(([id, enteredAt]) => [id, { S: enteredAt }])),
});

const scoredByMap = ({ version, engagementHalfLifeMs, locationInterestHalfLifeMs }: ScoredBy) => ({
  M: {
    version: { S: version },
    engagementHalfLifeMs: { N: String(engagementHalfLifeMs) },
    locationInterestHalfLifeMs: { N: String(locationInterestHalfLifeMs) },
  },
});

/** The version is the one that was read: of two concurrent refreshes, the one that read later wins. */
const UNCHANGED = '#version = :read';

/**
 * The update of a contact's standing with the result of a refresh. Sums are stored as text, since DynamoDB's numbers
 * end at 10^-130 and decaying sums do not.
 *
 * @param version - the version that the update replaces
 * @param segments - the new value of `segments`
 */
export const standingUpdate = (
  orgId: string,
  contactId: string,
  version: number,
  segments: ReadonlyMap<string, string>,
  computed: Computed,
) => {
  const { engagement, rank, scoredBy, nextChange, lastActivityAt } = computed;
  const fields: Item = {
    version: { N: String(version + 1) },
    scoredAt: { N: String(engagement.at) },
    scoredBy: scoredByMap(scoredBy),
    score: { S: String(engagement.sum) },
    interests: { S: interestsJson(computed) },
    rank: { S: rankKey(rank, contactId) },
    segments: segmentsMap(segments),
  };
  if (lastActivityAt !== undefined) {
    fields['lastActivityAt'] = { S: new Date(lastActivityAt).toISOString() };
  }
  if (nextChange !== undefined) {
    fields['dueShard'] = { S: dueShard(orgId, contactId) };
    fields['dueAt'] = { N: String(nextChange) };
  }
  // Placeholders throughout: DynamoDB reserves some of these words.
  const names = Object.keys(fields);
  const sets = names.map((name) => `#${name} = :${name}`).join(', ');
  return {
    Key: standingKey(orgId, contactId),
    UpdateExpression: `SET ${sets}${nextChange === undefined ? ' REMOVE dueShard, dueAt' : ''}`,
    ConditionExpression: UNCHANGED,
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: {
      ':read': { N: String(version) },
      ...Object.fromEntries(names.map((name) => [`:${name}`, fields[name] as Item[string]])),
    },
  };
};

/**
 * The update of a standing after its contact has got identities, which ends running refreshes: they have read too few
 * histories.
 * @param dueAt - when the contact must be refreshed (ms since 1970), if the identities may have histories
 */
export const identitiesUpdate = (
  orgId: string,
  contactId: string,
  histories: readonly string[],
  dueAt: number | undefined,
) => ({
  Key: standingKey(orgId, contactId),
  UpdateExpression: `SET histories = :histories${dueAt === undefined ? '' : ', dueShard = :shard, dueAt = :due'} ADD #version :one`,
  ConditionExpression: 'attribute_exists(pk)',
  ExpressionAttributeNames: { '#version': 'version' },
  ExpressionAttributeValues: {
    ':histories': { B: packContactIds(histories) },
    ':one': { N: '1' },
    ...(dueAt !== undefined && {
      ':shard': { S: dueShard(orgId, contactId) },
      ':due': { N: String(dueAt) },
    }),
  },
});

/**
 * The update of the standing of a contact that has become one with another, while it is still listed in segments: it is in
 * no list of contacts any more, and due at once, so that a refresh removes the rest.
 *
 * @param version - the version that the update replaces
 * @param segments - the segments that still list it
 */
export const goneUpdate = (
  orgId: string,
  contactId: string,
  version: number,
  segments: ReadonlyMap<string, string>,
  now: number,
) => ({
  Key: standingKey(orgId, contactId),
  UpdateExpression:
    'SET gone = :yes, #segments = :segments, dueShard = :shard, dueAt = :now, #version = :next REMOVE rankShard, #rank',
  ConditionExpression: UNCHANGED,
  // DynamoDB reserves the word `segments`, among others, and refuses the whole transaction.
  ExpressionAttributeNames: { '#version': 'version', '#rank': 'rank', '#segments': 'segments' },
  ExpressionAttributeValues: {
    ':yes': { BOOL: true },
    ':segments': segmentsMap(segments),
    ':shard': { S: dueShard(orgId, contactId) },
    ':now': { N: String(now) },
    ':read': { N: String(version) },
    ':next': { N: String(version + 1) },
  },
});

/** The deletion of a standing that no segment lists any more. */
export const standingDelete = (orgId: string, contactId: string, version: number) => ({
  Key: standingKey(orgId, contactId),
  ConditionExpression: UNCHANGED,
  ExpressionAttributeNames: { '#version': 'version' },
  ExpressionAttributeValues: { ':read': { N: String(version) } },
});
