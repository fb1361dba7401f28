import type { Chunk } from '#shared/jobs/page.ts';
import { createAdvance } from '#shared/jobs/planner.ts';
import { startGiven } from '#shared/jobs/starter.ts';
import { NOW } from '#test/support/builders.ts';
import { aJobTable } from '#test/support/job-table.ts';
import { aJobStage, asked, someItems } from '#test/support/jobs-stage.ts';

describe('a small job behind a large one in the same queue', () => {
  it('waits only for the chunks of the large one that are in flight', async () => {
    const table = aJobTable();
    const stage = aJobStage(table, { items: someItems(100_000), now: () => NOW });
    const queue: Chunk[] = stage.sent;
    const large = await stage.start();
    await stage.plan();
    const small = stage.aJob();
    await startGiven({ ...stage, now: () => NOW }, small, someItems(20));

    let before = 0;
    for (let chunk = queue.shift(); chunk !== undefined; chunk = queue.shift()) {
      await stage.finish([chunk]);
      if (chunk.ref.id === small.id) break;
      before += 1;
      await stage.plan();
    }

    expect(before).toBe(400);
    expect(await stage.read(small.id)).toMatchObject({ status: 'completed', done: 20 });
    expect(await stage.read(large)).toMatchObject({ status: 'running', done: 8_000 });
  });

  it('plans fewer pages if the window is smaller', async () => {
    const stage = aJobStage(aJobTable(), { items: someItems(5_000), now: () => NOW });
    const jobId = await stage.start();
    const advance = createAdvance({ ...stage, kinds: { test: stage.kind }, now: () => NOW, window: 2 });

    await advance({ orgId: stage.orgId, jobId }, asked());

    expect(await stage.read(jobId)).toMatchObject({ total: 2_000 });
  });
});
