import { createIsCancelled, resumeJob } from '#shared/jobs/control.ts';
import type { PlanMessage } from '#shared/jobs/messages.ts';
import { cancelJob, type JobRegistration } from '#shared/jobs/starter.ts';
import { OutOfTimeError } from '#shared/time/out-of-time.ts';
import { NOW } from '#test/support/builders.ts';
import { aJobTable } from '#test/support/job-table.ts';
import { aJobStage, someItems } from '#test/support/jobs-stage.ts';

const aStage = (count = 50) => aJobStage(aJobTable(), { items: someItems(count), now: () => NOW });

const resume = (stage: ReturnType<typeof aStage>, jobId: string) =>
  resumeJob({ ...stage, now: () => NOW }, stage.orgId, jobId);

describe('resuming a job', () => {
  it('that was cancelled succeeds although the response to its own write was lost', async () => {
    const stage = aStage();
    const jobId = await stage.start();
    await cancelJob(stage, stage.orgId, jobId);
    const { restart } = stage.jobs;
    const jobs = {
      ...stage.jobs,
      // The first attempt is applied, so the second one is refused.
      restart: async (...job: Parameters<typeof restart>) => {
        await restart(...job);
        return restart(...job);
      },
    };

    const resumed = await resumeJob({ ...stage, jobs, now: () => NOW }, stage.orgId, jobId);

    expect(resumed).toBe(true);
    expect(stage.toPlan.at(-1)).toEqual({ orgId: stage.orgId, jobId });
  });

  it('that was cancelled sends the unfinished chunks of its pages in flight, and continues', async () => {
    const stage = aStage();
    const jobId = await stage.start();
    await stage.plan();
    await stage.finish(stage.take().slice(0, 1));
    await cancelJob(stage, stage.orgId, jobId);

    const resumed = await resume(stage, jobId);
    await stage.plan();
    const again = stage.take();
    await stage.finish(again);
    await stage.plan();

    expect(resumed).toBe(true);
    expect(again.map(({ ref }) => ref.chunk)).toEqual([1, 2]);
    expect(await stage.read(jobId)).toEqual({ status: 'completed', total: 50, done: 50, failed: 0 });
  });

  it('with lost messages sends them again', async () => {
    const stage = aStage();
    const jobId = await stage.start();
    await stage.plan();
    stage.take();

    await resume(stage, jobId);
    await stage.plan();

    expect(stage.sent).toHaveLength(3);
  });

  it('does nothing if the job has ended, does not exist, or was superseded', async () => {
    const stage = aStage(0);
    const ended = await stage.start();
    await stage.plan();
    const superseded = await stage.start();
    await stage.start(superseded);
    stage.toPlan.splice(0);

    const resumed = [
      await resume(stage, ended),
      await resume(stage, superseded),
      await resume(stage, 'ref_0'),
    ];

    expect(resumed).toEqual([false, false, false]);
    expect(stage.toPlan).toEqual([]);
  });
});

describe('a job that was superseded', () => {
  it('reports the progress of the job that superseded it', async () => {
    const stage = aStage();
    const first = await stage.start();
    const second = await stage.start(first);
    const third = await stage.start(second);

    await stage.plan();
    await stage.finish(stage.sent.slice(0, 1));

    const expected = { status: 'running', total: 50, done: 20, failed: 0 };
    expect([await stage.read(first), await stage.read(third)]).toEqual([expected, expected]);
    expect(await stage.reader.readMany(stage.orgId, [first, 'ref_0'])).toEqual(new Map([[first, expected]]));
  });
});

describe('a job whose definition is being stored', () => {
  const startOf = (stage: ReturnType<typeof aStage>, registration: Partial<JobRegistration>) => {
    const job = stage.aJob();
    const keeping = { store: async () => {}, undo: async () => {}, ...registration };
    return { job, started: stage.starter.startOfEveryone(job, keeping) };
  };
  const outOfTime = async () => {
    throw new OutOfTimeError('No response');
  };

  it('is planned a minute later even if the caller is interrupted at any moment', async () => {
    const stage = aStage();
    let planned: readonly PlanMessage[] = [];

    const { job, started } = startOf(stage, {
      store: async () => {
        planned = [...stage.toPlanLater];
      },
    });
    await started;

    expect(planned).toEqual([{ orgId: stage.orgId, jobId: job.id }]);
    expect(stage.toPlan).toEqual(planned);
  });

  it('is planned later if the planner cannot be notified at once', async () => {
    const stage = aStage();
    const { sendAll } = stage.planner;
    stage.planner.sendAll = (messages, budget, delaySeconds = 0) =>
      delaySeconds === 0 ? outOfTime() : sendAll(messages, budget, delaySeconds);

    const { job, started } = startOf(stage, {});

    expect(await started).toEqual({ kind: 'started' });
    expect((await stage.jobs.read(stage.orgId, job.id))?.job.state).toBe('running');
    expect(stage.toPlanLater).toHaveLength(1);
  });

  it.each([
    ['the planner cannot be notified at all', true, {}],
    ['the definition is refused', false, { store: () => Promise.reject(new Error('Not found')) }],
    ['it is unknown whether it is stored, and storing is undone', false, { store: outOfTime }],
  ])(
    'does not run if %s, and the job that it should supersede continues',
    async (_, noQueue, registration) => {
      const stage = aStage();
      const before = await stage.start();
      if (noQueue) stage.planner.sendAll = outOfTime;

      const { job, started } = startOf(stage, { ...registration, supersedes: before });

      await expect(started).rejects.toThrow();
      expect((await stage.jobs.read(stage.orgId, job.id))?.job.state).toBe('cancelled');
      expect(await stage.everyone.list(stage.orgId)).toEqual([before]);
      expect((await stage.jobs.read(stage.orgId, before))?.job.state).toBe('running');
    },
  );

  it('runs if it is unknown whether the definition is stored, and it cannot be undone', async () => {
    const stage = aStage();

    const { job, started } = startOf(stage, { store: outOfTime, undo: outOfTime });

    await expect(started).rejects.toThrow('No response');
    expect((await stage.jobs.read(stage.orgId, job.id))?.job.state).toBe('running');
    expect(stage.toPlanLater).toEqual([{ orgId: stage.orgId, jobId: job.id }]);
  });

  it('is not undone if the definition is refused: another request may have changed it', async () => {
    const undone: string[] = [];

    const { started } = startOf(aStage(), {
      store: () => Promise.reject(new Error('Not found')),
      undo: async () => void undone.push('undone'),
    });

    await expect(started).rejects.toThrow('Not found');
    expect(undone).toEqual([]);
  });
});

describe('the cancellation of a job', () => {
  it('is looked up once for all messages within a few seconds, and again afterwards', async () => {
    const stage = aStage();
    const jobId = await stage.start();
    let [now, looks] = [NOW, 0];
    const readMany: typeof stage.jobs.readMany = (...args) => {
      looks += 1;
      return stage.jobs.readMany(...args);
    };
    const isCancelled = createIsCancelled({ readMany }, () => now);

    const before = await Promise.all(Array.from({ length: 10 }, () => isCancelled(stage.orgId, jobId)));
    await cancelJob(stage, stage.orgId, jobId);
    now += 5_000;
    const after = await isCancelled(stage.orgId, jobId);

    expect(new Set(before)).toEqual(new Set([false]));
    expect(after).toBe(true);
    expect(looks).toBe(2);
  });

  it('is false for a job that does not exist', async () => {
    const { jobs, orgId } = aStage();

    expect(await createIsCancelled(jobs, () => NOW)(orgId, 'ref_0')).toBe(false);
  });
});
