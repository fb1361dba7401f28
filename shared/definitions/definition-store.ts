/**
 * The definition table: `pk` = `{orgId}`.
 *
 * | sk | what |
 * | --- | --- |
 * | `scoring` | the organisation's half-lives and weights |
 * | `segment#{segmentId}` | a segment; ids sort by time, so segments are in the order of creation |
 * | `version` | `version`: what the definitions are at present; `segments`: their number |
 *
 * One query reads everything that a refresh applies, and one read unit tells whether it has changed since. So that this is
 * never wrong, the version is derived from the definitions: each has a random number, its `revision`, new with every
 * write, and the version is the sum of the revisions. A write changes both in one transaction. Readers outside of a
 * transaction may see only some of its items for a moment (Developer Guide, "Isolation levels for DynamoDB transactions"),
 * so a counter would let a reader take old definitions for those of the new count. The sum over what was read tells what
 * was read. An absent version is 0, the sum of none.
 */
import { randomInt } from 'node:crypto';
import type { DynamoDBClient, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { getItem, type Item, queryAll } from '../aws/dynamodb.ts';
import { callBudget, type RetryBudget, retrying } from '../aws/retry.ts';
import { isWritten, transactWrite } from '../aws/writes.ts';

const VERSION_SK = 'version';

/** The sum of two hundred revisions below this bound is exact in a double; two sums are equal by chance once in 10^12. */
const REVISIONS = 2 ** 40;

/** An organisation's definitions, and the version that they are. */
export interface VersionedItems {
  readonly version: number;
  /** In the order of `sk`, without the item of the version. */
  readonly items: readonly Item[];
}

/** The store of the definition table. A write is repeated until no other write of the organisation is in its way. */
export interface DefinitionStore {
  /** Reads the version of an organisation's definitions. Strongly consistent; one read unit. @throws OutOfTimeError */
  version(orgId: string, budget?: RetryBudget): Promise<number>;
  /** Reads all definitions. Strongly consistent. @throws OutOfTimeError */
  all(orgId: string, budget?: RetryBudget): Promise<VersionedItems>;
  /** Reads a definition. Strongly consistent. */
  get(orgId: string, sk: string): Promise<Item | undefined>;
  /**
   * Stores a new segment.
   * @param most - the number of segments that the organisation may have, including this one
   * @returns false if it has as many already, and nothing is stored
   */
  create(orgId: string, sk: string, fields: Item, most: number): Promise<boolean>;
  /** Stores a definition, whether or not it exists. */
  put(orgId: string, sk: string, fields: Item): Promise<void>;
  /** Replaces a definition. @returns false if it does not exist */
  replace(orgId: string, sk: string, fields: Item): Promise<boolean>;
  /** Deletes a segment. @returns false if it does not exist */
  remove(orgId: string, sk: string): Promise<boolean>;
}

const revisionOf = (item: Item | undefined): number => Number(item?.['revision']?.N ?? 0);

const numeric = (value: number) => ({ N: String(value) });

/** The condition that a definition is as it was read. */
const isAsRead = (read: Item | undefined) => {
  if (read === undefined) return { ConditionExpression: 'attribute_not_exists(pk)' };
  return {
    ConditionExpression: 'revision = :revision',
    ExpressionAttributeValues: { ':revision': numeric(revisionOf(read)) },
  };
};

/** Creates the store of the definition table. */
export const createDefinitionStore = (client: DynamoDBClient, TableName: string): DefinitionStore => {
  const keyOf = (orgId: string, sk: string): Item => ({ pk: { S: orgId }, sk: { S: sk } });

  /** Changes the version. @param most - fails if the organisation has this number of segments */
  const versionUpdate = (
    orgId: string,
    { version, segments, most }: { version: number; segments: -1 | 0 | 1; most?: number },
  ): TransactWriteItem => ({
    Update: {
      TableName,
      Key: keyOf(orgId, VERSION_SK),
      UpdateExpression: 'ADD #version :version, #segments :segments',
      ...(most !== undefined && {
        ConditionExpression: 'attribute_not_exists(#segments) OR #segments < :most',
      }),
      ExpressionAttributeNames: { '#version': 'version', '#segments': 'segments' },
      ExpressionAttributeValues: {
        ':version': numeric(version),
        ':segments': numeric(segments),
        ...(most !== undefined && { ':most': numeric(most) }),
      },
    },
  });

  /** Stores a definition over the one that was read. @returns false if it is another one now, or the limit is reached */
  const putOver = (
    orgId: string,
    sk: string,
    fields: Item,
    read: Item | undefined,
    counted: { readonly segments: 0 | 1; readonly most?: number },
    budget: RetryBudget,
  ): Promise<boolean> => {
    const revision = randomInt(1, REVISIONS);
    const item = { ...keyOf(orgId, sk), ...fields, revision: numeric(revision) };
    const put = { TableName, Item: item, ...isAsRead(read) };
    const version = versionUpdate(orgId, { version: revision - revisionOf(read), ...counted });
    return isWritten(() => transactWrite(client, [{ Put: put }, version], budget));
  };

  /** Repeats reading a definition and writing it, until no other write of it comes in between. */
  const change = (
    orgId: string,
    sk: string,
    write: (read: Item | undefined, budget: RetryBudget) => Promise<boolean>,
  ): Promise<void> => {
    const budget = callBudget();
    return retrying(async () => {
      const read = await getItem(client, { TableName, Key: keyOf(orgId, sk) }, budget);
      if (!(await write(read, budget))) throw new Error('Another write of the definition was first');
    }, budget);
  };

  /** Like `change`, for a definition that must exist. @returns false if it does not */
  const changeExisting = async (
    orgId: string,
    sk: string,
    write: (read: Item, budget: RetryBudget) => Promise<boolean>,
  ): Promise<boolean> => {
    let exists = true;
    await change(orgId, sk, async (read, budget) => {
      exists = read !== undefined;
      return read === undefined || write(read, budget);
    });
    return exists;
  };

  return {
    async version(orgId, budget) {
      const Key = keyOf(orgId, VERSION_SK);
      return Number((await getItem(client, { TableName, Key }, budget))?.['version']?.N ?? 0);
    },

    async all(orgId, budget) {
      const input = {
        TableName,
        KeyConditionExpression: 'pk = :org',
        ExpressionAttributeValues: { ':org': { S: orgId } },
        ConsistentRead: true,
      };
      const items = (await queryAll(client, input, budget)).filter(({ sk }) => sk?.S !== VERSION_SK);
      return { version: items.reduce((sum, item) => sum + revisionOf(item), 0), items };
    },

    get: (orgId, sk) => getItem(client, { TableName, Key: keyOf(orgId, sk) }),

    create: (orgId, sk, fields, most) =>
      putOver(orgId, sk, fields, undefined, { segments: 1, most }, callBudget()),

    put: (orgId, sk, fields) =>
      change(orgId, sk, (read, budget) => putOver(orgId, sk, fields, read, { segments: 0 }, budget)),

    replace: (orgId, sk, fields) =>
      changeExisting(orgId, sk, (read, budget) => putOver(orgId, sk, fields, read, { segments: 0 }, budget)),

    remove: (orgId, sk) =>
      changeExisting(orgId, sk, (read, budget) => {
        const deletion = { TableName, Key: keyOf(orgId, sk), ...isAsRead(read) };
        const version = versionUpdate(orgId, { version: -revisionOf(read), segments: -1 });
        return isWritten(() => transactWrite(client, [{ Delete: deletion }, version], budget));
      }),
  };
};
