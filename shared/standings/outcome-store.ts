import type { DynamoDBClient, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { MAX_ACTIONS } from '../aws/dynamodb.ts';
import type { RetryBudget } from '../aws/retry.ts';
import { isWritten, transactWrite, updateItem } from '../aws/writes.ts';
import { memberKey } from '../segments/segment-store.ts';
import { type Change, type Computed, changesOf } from './computed.ts';
import { removalActions, type StandingTables } from './removal-store.ts';
import { type Standing, standingUpdate } from './standing-item.ts';

/** The standing takes one action, and each change another. */
const CHANGES_PER_TRANSACTION = MAX_ACTIONS - 1;

/** Stores the results of refreshes: standings and members of segments. */
export interface OutcomeStore {
  /**
   * Writes a contact's computed standing, together with its rows in the segments that it entered or left. All of these
   * items belong to the contact alone: an item that contacts share, such as the segment's definition, would make their
   * refreshes wait for each other. So a segment may be deleted while a contact enters it; the next refresh of the
   * contact, whose standing lists it, removes the row, and until then nothing shows a segment without a definition.
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

  /**
   * Removes what is left of a contact that has become one with another: its rows in segments, and its standing.
   *
   * @param standing - the standing as it was read
   * @returns `conflict` if another worker was faster: read it again
   * @throws OutOfTimeError if it cannot be removed by the budget's deadline
   */
  remove(
    orgId: string,
    standing: Standing,
    now: number,
    budget?: RetryBudget,
  ): Promise<'removed' | 'conflict'>;
}

/** Creates the store of refresh results, which writes the standing table and the member table. */
export const createOutcomeStore = (client: DynamoDBClient, tables: StandingTables): OutcomeStore => {
  const memberWrite = (
    orgId: string,
    contactId: string,
    { segmentId, enters }: Change,
    at: string,
  ): TransactWriteItem => {
    const Key = memberKey(orgId, segmentId, contactId);
    return enters
      ? { Put: { TableName: tables.members, Item: { ...Key, enteredAt: { S: at } } } }
      : { Delete: { TableName: tables.members, Key } };
  };

  return {
    async save(orgId, standing, computed, budget) {
      const at = new Date(computed.engagement.at).toISOString();
      const changes = changesOf(standing, computed);
      const segments = new Map(standing.segments);
      const { contactId } = standing;
      let { version } = standing;
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
        const rows = batch.map((change) => memberWrite(orgId, contactId, change, at));
        const isSaved = await isWritten(() =>
          rows.length === 0
            ? updateItem(client, update, budget)
            : transactWrite(client, [{ Update: update }, ...rows], budget),
        );
        if (!isSaved) return 'conflict';
        version += 1;
      } while (changes.length > 0);
      return 'saved';
    },

    async remove(orgId, standing, now, budget) {
      let { version } = standing;
      const segments = new Map(standing.segments);
      for (;;) {
        const left = { ...standing, version, segments };
        const actions = removalActions(tables, orgId, left, MAX_ACTIONS, now);
        if (!(await isWritten(() => transactWrite(client, actions, budget)))) return 'conflict';
        for (const segmentId of [...segments.keys()].slice(0, CHANGES_PER_TRANSACTION))
          segments.delete(segmentId);
        if (segments.size === 0) return 'removed';
        version += 1;
      }
    },
  };
};
