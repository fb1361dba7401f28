import type { JobStarter, NewJob } from '#shared/jobs/starter.ts';
import { createRefreshCompanies } from '#shared/refresh/changed-companies.ts';
import { compileDefinitions } from '#shared/refresh/computed.ts';
import { REFRESH_KINDS } from '#shared/refresh/kinds.ts';
import { aBudget, fixedClock, ORG } from '#test/support/builders.ts';
import { aSegment, someDefinitions } from '#test/support/refresh-world.ts';

const OF_COMPANY = aSegment({ rule: { not: { company: { name: 'plan', equals: 'pro' } } } });

const aStage = (definitions = someDefinitions(OF_COMPANY)) => {
  const jobs: NewJob[] = [];
  let reads = 0;
  const starter: Pick<JobStarter, 'start'> = {
    start: async (job) => {
      jobs.push(job);
    },
  };
  const refresh = createRefreshCompanies({
    starter: starter as JobStarter,
    computeOf: async () => {
      reads += 1;
      return compileDefinitions(definitions);
    },
    now: fixedClock,
  });
  const run = (...groupIds: readonly string[]) => refresh(ORG, new Set(groupIds), aBudget());
  return { jobs, run, reads: () => reads };
};

describe('a refresh after companies have changed', () => {
  it('is one job for all of them', async () => {
    const { jobs, run } = aStage();

    const started = await run('acme', 'other');

    expect(jobs).toEqual([
      {
        orgId: ORG,
        id: started[0],
        kind: REFRESH_KINDS.companies,
        parameters: { groupIds: ['acme', 'other'] },
      },
    ]);
  });

  it('is several jobs if there are many, each of which fits into an item', async () => {
    const { jobs, run } = aStage();
    const ids = Array.from({ length: 1_000 }, (_, nth) => `${'x'.repeat(100)} ${nth}`);

    await run(...ids);

    const parts = jobs.map(({ parameters }) => (parameters as { groupIds: string[] }).groupIds);
    expect(parts.flat()).toEqual(ids);
    expect(parts.length).toBe(6);
    expect(parts.every((part) => part.join('').length <= 20_000)).toBe(true);
  });

  it('is not started if no rule depends on companies', async () => {
    const { jobs, run } = aStage(someDefinitions(aSegment()));

    expect(await run('acme')).toEqual([]);
    expect(jobs).toEqual([]);
  });

  it('does not even read the rules if nothing has changed', async () => {
    const { run, reads } = aStage();

    expect(await run()).toEqual([]);
    expect(reads()).toBe(0);
  });
});
