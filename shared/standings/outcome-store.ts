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

/** DynamoDB accepts 100 actions in one transaction: the standing, and at most a row and a check for each change. */
const CHANGES_PER_TRANSACTION = 49;

/** Stores the results of refreshes: standings and members of segments. */
export interface OutcomeStore {
  /**
   * Writes a contact's computed standing, together with its rows in the segments that it entered or left.
   *
   * @param standing - the standing as it was read before the contact's attributes, the definitions and the history
   * @param budget - the time for all writes. @default - ten seconds for each write
   * @returns `conflict` if another refresh has written the standing since: read it again and repeat the computation
   * @throws OutOfTimeError if it cannot be written by the budget's deadline
   */
  save(
    orgId: string,
    standing: Standing,
    computed: Computed,
    budget?: RetryBudget,
  ): Promise<'saved' | 'conflict'>;
}

/** Exceptions of an update: another refresh has written, or is writing, the standing or one of its rows. */
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

/** Creates the store of refresh results, which writes the standing table and the member table. */
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
    // No contact may enter a segment that was deleted since its definition was read: its row would never be removed.
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
        // Changes that exceed one transaction are written in several; after each, the standing and its rows agree.
        do {
          const batch = changes.splice(0, CHANGES_PER_TRANSACTION);
          for (const { segmentId, enters } of batch) {
            if (enters) segments.set(segmentId, at);
            else segments.delete(segmentId);
          }
          const update = {
            TableName: tables.standings,
            ...standingUpdate(orgId, contactId, version, segments, computed),
          };
          if (batch.length === 0) await updateItem(client, update, budget);
          else {
            const rows = batch.flatMap((change) => memberWrites(orgId, contactId, change, at));
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
