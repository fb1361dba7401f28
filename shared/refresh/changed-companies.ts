import type { RetryBudget } from '../aws/retry.ts';
import { newId } from '../time/ids.ts';
import type { ComputeOf } from './compiled-definitions.ts';
import { type CompaniesParameters, REFRESH_KINDS } from './kinds.ts';
import type { StartRefreshesDeps } from './start.ts';

/** The dependencies of {@link createRefreshCompanies}. */
export interface RefreshCompaniesDeps extends StartRefreshesDeps {
  readonly computeOf: ComputeOf;
}

/** The maximum size of the ids of companies of one job, in characters: its row is one item, and is written once a page. */
const MAX_CHARACTERS = 20_000;

/** Divides ids into lists that jobs can have as their parameters. */
const partsOf = (groupIds: Iterable<string>): string[][] => {
  const parts: string[][] = [];
  let characters = Number.POSITIVE_INFINITY;
  for (const groupId of groupIds) {
    characters += groupId.length;
    if (characters > MAX_CHARACTERS) {
      parts.push([]);
      characters = groupId.length;
    }
    parts.at(-1)?.push(groupId);
  }
  return parts;
};

const NOTHING_TO_STORE = async (): Promise<void> => {};

/**
 * Creates a function that has the members of companies refreshed after the companies have changed, by a job: companies may have
 * any number of members. It does nothing if no rule of the organisation depends on companies: a segment that gets such a rule
 * later evaluates all contacts.
 *
 * @returns the ids of the refreshes
 */
export const createRefreshCompanies =
  ({ starter, computeOf, now }: RefreshCompaniesDeps) =>
  /** @throws OutOfTimeError; then it may be called again, which at worst refreshes contacts twice */
  async (orgId: string, groupIds: ReadonlySet<string>, budget: RetryBudget): Promise<readonly string[]> => {
    if (groupIds.size === 0) return [];
    const { companyTraits } = await computeOf(orgId, budget);
    if (companyTraits.length === 0) return [];
    const started: string[] = [];
    for (const part of partsOf(groupIds)) {
      const id = newId('ref', now);
      const parameters: CompaniesParameters = { groupIds: part };
      const job = { orgId, id, kind: REFRESH_KINDS.companies, parameters };
      await starter.start(job, { store: NOTHING_TO_STORE, undo: NOTHING_TO_STORE });
      started.push(id);
    }
    return started;
  };
