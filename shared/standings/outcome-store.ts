import {
  type DynamoDBClient,
  TransactionCanceledException,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { transactWrite, updateItem } from '../aws/dynamodb.ts';
import type { RetryBudget } from '../aws/retry.ts';
import { memberKey, segmentKey } from '../segments/segment-store.ts';
import { type Change, type Computed, changesOf } from './computed.ts';
import { type Standing, standingUpdate } from './standing-item.ts';

/** DynamoDB takes at most 100 actions in one transaction: the standing, and of each change a row and a check at most. */
const CHANGES_AT_ONCE = 49;

/** What a refresh found out, for the contact's standing and its rows as a member. */
export interface OutcomeStore {
  /**
   * Writes what was computed of a contact, together with the rows of the segments that it entered or left.
   *
   * @param standing - as it was read before the contact's attributes, the definitions and the history
   * @param budget - the time for it. @default - ten seconds a write
   * @throws OutOfTimeError where it could not be written by the budget's deadline
   * @returns `conflict` where somebody has refreshed it meanwhile: then read it again and compute anew
   */
  save(
    orgId: string,
    standing: Standing,
    computed: Computed,
    budget?: RetryBudget,
  ): Promise<'saved' | 'conflict'>;
}

/** Of an update and of a transaction: somebody else has written, or is writing, the standing or one of its rows. */
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
  tables: { readonly standings: string; readonly definitions: string; readonly members: string },
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
    async save(orgId, standing, computed, budget) {
      const at = new Date(computed.engagement.at).toISOString();
      const changes = changesOf(standing, computed);
      const segments = new Map(standing.segments);
      const { contactId } = standing;
      let { version } = standing;
      try {
        // More changes than a transaction takes go in several; after each, the standing and its rows agree.
        do {
          const now = changes.splice(0, CHANGES_AT_ONCE);
          for (const { segmentId, enters } of now) {
            if (enters) segments.set(segmentId, at);
            else segments.delete(segmentId);
          }
          const update = {
            TableName: tables.standings,
            ...standingUpdate(orgId, contactId, version, segments, computed),
          };
          if (now.length === 0) await updateItem(client, update, budget);
          else {
            const rows = now.flatMap((change) => memberWrites(orgId, contactId, change, at));
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
