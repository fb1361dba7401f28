/** The company table; its items are described in company-item.ts. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import pMap from 'p-map';
import { type Budgeted, batchGet, batchPut, CONCURRENCY, getItem, partitionPage } from '../aws/dynamodb.ts';
import { pauseBefore, type RetryBudget } from '../aws/retry.ts';
import { isWritten, putItem } from '../aws/writes.ts';
import { pageOfShards, type ShardedPage } from '../identities/shard-pages.ts';
import type { ShardPosition } from '../identities/shards.ts';
import { OutOfTimeError } from '../time/out-of-time.ts';
import {
  COMPANY_SHARDS,
  type Company,
  companyItem,
  companyKey,
  companyOf,
  companyOfItem,
  companyPartition,
  memberItem,
  memberPartition,
} from './company-item.ts';
import {
  type ChangedCompany,
  type CompanyOutcome,
  type CompanyTraits,
  changeCompany,
  isGroupId,
} from './company-state.ts';

/** The options of a change of companies. */
export interface ChangeCompaniesOptions extends Budgeted {
  /** The moment of the change, ms since 1970. */
  readonly now: number;
  /**
   * Whether an earlier attempt at the same changes was interrupted: then a company counts as changed if one of them is what it
   * has now, since that attempt may have stored it without being able to say so. @default false
   */
  readonly isRepeated?: boolean;
}

/** What became of changes of companies. */
export interface ChangedCompanies {
  /** By position of the change; undefined if it could not be stored in time. */
  readonly outcomes: readonly (CompanyOutcome | undefined)[];
  /** The ids of companies that may look different now: their members must be refreshed. */
  readonly changed: ReadonlySet<string>;
  /** The number of changes that could not be stored in time. */
  readonly left: number;
}

/** A row of a member. */
export interface CompanyMemberRow {
  readonly groupId: string;
  /** The id of the identity that was sent as a member. */
  readonly identityId: string;
}

/** The company table. */
export interface CompanyStore {
  /**
   * Creates and changes companies. It is safe to repeat, and to run beside others: a company is written only over the version
   * that was read. Several changes of one company are one write.
   */
  change(
    orgId: string,
    changes: readonly CompanyTraits[],
    options: ChangeCompaniesOptions,
  ): Promise<ChangedCompanies>;
  /**
   * Writes rows of members; those that exist stay as they are.
   * @throws OutOfTimeError if not all could be written
   */
  addMembers(orgId: string, rows: readonly CompanyMemberRow[], options: Budgeted): Promise<void>;
  /** Reads a company. Strongly consistent. */
  get(orgId: string, groupId: string): Promise<Company | undefined>;
  /**
   * Reads companies, in no order; those that do not exist are omitted. Strongly consistent.
   * @param groupIds - each once
   * @throws OutOfTimeError
   */
  getMany(orgId: string, groupIds: readonly string[], options: Budgeted): Promise<Company[]>;
  /**
   * Reads some traits of companies: JSON texts by name, by the company's id. Strongly consistent. Only a hundred companies are
   * in memory with all that they have.
   * @param groupIds - each once; the result omits companies that do not exist
   * @throws OutOfTimeError
   */
  traits(
    orgId: string,
    groupIds: readonly string[],
    names: readonly string[],
    options: Budgeted,
  ): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>>;
  /** Reads a page of an organisation's companies, shard by shard. Eventually consistent. */
  list(orgId: string, limit: number, from: ShardPosition): Promise<ShardedPage<Company>>;
  /**
   * Reads a page of the ids of the identities that were sent as members of a company, shard by shard. Strongly consistent.
   * Their contacts may have left it, and a contact may have several: see `members.ts`.
   */
  members(
    orgId: string,
    groupId: string,
    limit: number,
    from: ShardPosition,
    budget?: RetryBudget,
  ): Promise<ShardedPage<string>>;
}

/** The number of companies that are read at once: as many as one call returns, of up to 128 KB each. */
const GROUP_SIZE = 100;

const groupsOf = <T>(list: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(list.length / GROUP_SIZE) }, (_, nth) =>
    list.slice(nth * GROUP_SIZE, (nth + 1) * GROUP_SIZE),
  );

/** The changes of a company, with their positions. */
interface Pending {
  readonly groupId: string;
  readonly positions: readonly number[];
  readonly changes: readonly CompanyTraits[];
}

/** The changes by company. */
const pendingOf = (changes: readonly CompanyTraits[]): Pending[] =>
  [...Map.groupBy(changes.entries(), ([, { groupId }]) => groupId)].map(([groupId, entries]) => ({
    groupId,
    positions: entries.map(([at]) => at),
    changes: entries.map(([, change]) => change),
  }));

const INVALID_ID: CompanyOutcome = { kind: 'rejected', reason: 'The id of the company is too long to store' };

/** Creates the store of the company table. */
export const createCompanyStore = (client: DynamoDBClient, table: string): CompanyStore => {
  const states = async (orgId: string, groupIds: readonly string[], options: Budgeted) => {
    const keys = groupIds.map((groupId) => companyKey(orgId, groupId));
    const items = await batchGet(table, keys, { client, ...options, consistent: true });
    return items.map(companyOfItem);
  };

  /** Writes a company over the version that was read. @returns false if another call has changed it since */
  const write = (
    orgId: string,
    { after, version }: { after: ChangedCompany['after'] & object; version: number },
    budget: RetryBudget,
  ) =>
    isWritten(() =>
      putItem(
        client,
        {
          TableName: table,
          Item: companyItem(orgId, after),
          ...(version === 0
            ? { ConditionExpression: 'attribute_not_exists(pk)' }
            : {
                ConditionExpression: '#version = :read',
                ExpressionAttributeNames: { '#version': 'version' },
                ExpressionAttributeValues: { ':read': { N: String(version) } },
              }),
        },
        budget,
      ),
    );

  /** Reads companies and writes what changes. @returns the companies that another call has changed in between */
  const round = async (
    orgId: string,
    pending: readonly Pending[],
    { outcomes, changed }: { outcomes: (CompanyOutcome | undefined)[]; changed: Set<string> },
    { now, isRepeated = false, budget, ...options }: ChangeCompaniesOptions,
  ): Promise<Pending[]> => {
    const ids = pending.map(({ groupId }) => groupId);
    const stored = await states(orgId, ids, { budget, ...options });
    const stateOf = new Map(stored.map((state) => [state.groupId, state]));
    const refused: Pending[] = [];
    await pMap(
      pending,
      async (each) => {
        const before = stateOf.get(each.groupId);
        const result = changeCompany(before, each.changes, now);
        const { after } = result;
        // Before the write: if its answer is lost, the company is found changed, and nothing is left to be written.
        if (result.isVisible || (isRepeated && result.isCurrent)) changed.add(each.groupId);
        if (after !== undefined && after !== before) {
          if (!(await write(orgId, { after, version: before?.version ?? 0 }, budget))) {
            refused.push(each);
            return;
          }
        }
        for (const [nth, at] of each.positions.entries()) outcomes[at] = result.outcomes[nth];
      },
      { concurrency: CONCURRENCY },
    );
    return refused;
  };

  return {
    async change(orgId, changes, options) {
      const { budget, onRetry } = options;
      const outcomes = changes.map(({ groupId }): CompanyOutcome | undefined =>
        isGroupId(groupId) ? undefined : INVALID_ID,
      );
      const changed = new Set<string>();
      const valid = pendingOf(changes).filter(({ groupId }) => isGroupId(groupId));
      try {
        for (const group of groupsOf(valid)) {
          let pending = group;
          for (let attempt = 1; ; attempt++) {
            pending = await round(orgId, pending, { outcomes, changed }, options);
            if (pending.length === 0) break;
            onRetry?.();
            if (budget.now() >= budget.deadline)
              throw new OutOfTimeError('Other calls changed the companies');
            await budget.sleep(pauseBefore(attempt, false, budget.random));
          }
        }
      } catch (error) {
        // The changes that are left have no outcome.
        if (!(error instanceof OutOfTimeError)) throw error;
      }
      return { outcomes, changed, left: outcomes.filter((outcome) => outcome === undefined).length };
    },

    async addMembers(orgId, rows, options) {
      const items = new Map(
        rows.map(({ groupId, identityId }) => [
          `${identityId} ${groupId}`,
          memberItem(orgId, groupId, identityId),
        ]),
      );
      const left = await batchPut(table, [...items.values()], { client, ...options });
      if (left.length > 0) throw new OutOfTimeError(`${left.length} members could not be stored in time`);
    },

    async get(orgId, groupId) {
      const item = await getItem(client, { TableName: table, Key: companyKey(orgId, groupId) });
      return item && companyOf(companyOfItem(item));
    },

    getMany: async (orgId, groupIds, options) => (await states(orgId, groupIds, options)).map(companyOf),

    async traits(orgId, groupIds, names, options) {
      const found = new Map<string, ReadonlyMap<string, string>>();
      for (const group of groupsOf(groupIds)) {
        for (const state of await states(orgId, group, options)) {
          const { groupId, traits } = companyOf(state);
          const wanted = names.flatMap((name): [string, string][] => {
            const text = traits.get(name);
            return text === undefined ? [] : [[name, text]];
          });
          found.set(groupId, new Map(wanted));
        }
      }
      return found;
    },

    list(orgId, limit, from) {
      const read = async (shard: number, count: number, after: string | undefined) => {
        const pk = companyPartition(orgId, shard);
        const query = { table, pk, limit: count, after, consistent: false };
        const { items, next } = await partitionPage(client, query);
        return { items: items.map((item) => companyOf(companyOfItem(item))), next };
      };
      return pageOfShards({ read, idOf: ({ groupId }) => groupId, shards: COMPANY_SHARDS }, from, limit);
    },

    members(orgId, groupId, limit, from, budget) {
      const read = async (shard: number, count: number, after: string | undefined) => {
        const pk = memberPartition(orgId, groupId, shard);
        const query = { table, pk, limit: count, after, consistent: true };
        const { items, next } = await partitionPage(client, query, budget);
        return { items: items.map(({ sk }) => sk?.S ?? ''), next };
      };
      return pageOfShards({ read, idOf: (id) => id, shards: COMPANY_SHARDS }, from, limit);
    },
  };
};
