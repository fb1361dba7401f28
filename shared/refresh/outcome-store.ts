import {
  type AttributeValue,
  type DynamoDBClient,
  TransactionCanceledException,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { transactWrite, updateItem } from '../aws/dynamodb.ts';
import type { RetryBudget } from '../aws/retry.ts';
import { type Contact, contactKey, rankKey } from '../contacts/contact-item.ts';
import { dueShard } from '../identities/shards.ts';
import { memberKey, segmentKey } from '../segments/segment-store.ts';
import { type Change, type Computed, changesOf } from './computed.ts';

/** DynamoDB takes at most 100 actions in one transaction: the contact, and of each change a row and a check at most. */
const CHANGES_AT_ONCE = 49;

/**
 * Places are kept from the highest down, as many as fit: with what imports and segments may take, an item stays
 * below DynamoDB's 400 KB.
 */
const MAX_INTERESTS_BYTES = 128 * 1024;

/** Only over the version that was read: of two refreshes at once the one that read later wins. */
const UNCHANGED = '#version = :read';

/** What a refresh found out, for the contact's item and its rows as a member. */
export interface OutcomeStore {
  /**
   * Writes what was computed of a contact, together with the rows of the segments that it entered or left.
   *
   * @param contact - as it was read before its history
   * @param budget - the time for it. @default - ten seconds a write
   * @throws OutOfTimeError where it could not be written by the budget's deadline
   * @returns `conflict` where somebody has refreshed it meanwhile: then read it again and compute anew
   */
  save(
    orgId: string,
    contact: Contact,
    computed: Computed,
    budget?: RetryBudget,
  ): Promise<'saved' | 'conflict'>;
}

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

const segmentsMap = (segments: ReadonlyMap<string, string>): AttributeValue => ({
  M: Object.fromEntries([...segments].map(([id, enteredAt]) => [id, { S: enteredAt }])),
});

/** The contact's update. Sums are text, since DynamoDB's numbers end at 10^-130 and decay does not. */
const contactUpdate = (
  table: string,
  orgId: string,
  { contactId }: Contact,
  version: number,
  segments: ReadonlyMap<string, string>,
  computed: Computed,
) => {
  const { engagement, rank, nextChange, lastActivityAt } = computed;
  const fields: Record<string, AttributeValue> = {
    version: { N: String(version + 1) },
    scoredAt: { N: String(engagement.at) },
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
    TableName: table,
    Key: contactKey(orgId, contactId),
    UpdateExpression: `SET ${sets}${nextChange === undefined ? ' REMOVE dueShard, dueAt' : ''}`,
    ConditionExpression: UNCHANGED,
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: {
      ':read': { N: String(version) },
      ...Object.fromEntries(names.map((name) => [`:${name}`, fields[name] as AttributeValue])),
    },
  };
};

/** Of an update and of a transaction: somebody else has written, or is writing, the contact or one of its rows. */
const CONFLICTS: ReadonlySet<string> = new Set([
  'ConditionalCheckFailedException',
  'TransactionConflictException',
]);

const isConflict = (error: unknown): boolean =>
  (error instanceof Error && CONFLICTS.has(error.name)) ||
  (error instanceof TransactionCanceledException &&
    (error.CancellationReasons ?? []).some(
      ({ Code }) => Code === 'ConditionalCheckFailed' || Code === 'TransactionConflict',
    ));

export const createOutcomeStore = (
  client: DynamoDBClient,
  tables: { readonly contacts: string; readonly definitions: string; readonly members: string },
): OutcomeStore => {
  const memberWrites = (
    orgId: string,
    contactId: string,
    { segmentId, enters }: Change,
    at: string,
  ): TransactWriteItem[] => {
    const Key = memberKey(orgId, segmentId, contactId);
    if (!enters) return [{ Delete: { TableName: tables.members, Key } }];
    // Nobody enters a segment that was deleted since its definition was read: nothing would ever take them out.
    const exists = {
      TableName: tables.definitions,
      Key: segmentKey(orgId, segmentId),
      ConditionExpression: 'attribute_exists(pk)',
    };
    return [
      { ConditionCheck: exists },
      { Put: { TableName: tables.members, Item: { ...Key, enteredAt: { S: at } } } },
    ];
  };

  return {
    async save(orgId, contact, computed, budget) {
      const at = new Date(computed.engagement.at).toISOString();
      const changes = changesOf(contact, computed);
      const segments = new Map(contact.segments);
      let { version } = contact;
      try {
        // More changes than a transaction takes go in several; after each, the contact and its rows agree.
        do {
          const now = changes.splice(0, CHANGES_AT_ONCE);
          for (const { segmentId, enters } of now) {
            if (enters) segments.set(segmentId, at);
            else segments.delete(segmentId);
          }
          const update = contactUpdate(tables.contacts, orgId, contact, version, segments, computed);
          if (now.length === 0) await updateItem(client, update, budget);
          else {
            const rows = now.flatMap((change) => memberWrites(orgId, contact.contactId, change, at));
            await transactWrite(client, [{ Update: update }, ...rows], budget);
          }
          version += 1;
        } while (changes.length > 0);
        return 'saved';
      } catch (error) {
        if (isConflict(error)) return 'conflict';
        throw error;
      }
    },
  };
};
