import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { memberKey } from '../segments/segment-store.ts';
import { goneUpdate, type Standing, standingDelete } from './standing-item.ts';

/** The tables that list contacts by how they stand. */
export interface StandingTables {
  readonly standings: string;
  readonly members: string;
}

/**
 * The actions that remove a contact, which has become one with another, from all lists: its standing with its rank and due
 * time, and its rows in segments. If there is no room for all rows, the standing is kept for the rest: see `goneUpdate`.
 *
 * @param standing - the standing as it was read; the transaction fails if it has changed since
 * @param room - the number of actions, at least one
 * @param now - ms since 1970
 */
export const removalActions = (
  { standings, members }: StandingTables,
  orgId: string,
  { contactId, version, segments }: Standing,
  room: number,
  now: number,
): TransactWriteItem[] => {
  const listed = [...segments];
  const rest = new Map(listed.splice(room - 1));
  return [
    rest.size === 0
      ? { Delete: { TableName: standings, ...standingDelete(orgId, contactId, version) } }
      : { Update: { TableName: standings, ...goneUpdate(orgId, contactId, version, rest, now) } },
    ...listed.map(([segmentId]) => ({
      Delete: { TableName: members, Key: memberKey(orgId, segmentId, contactId) },
    })),
  ];
};
