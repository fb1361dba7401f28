import { createReadRefresh } from '#functions/query/refreshes/handler.ts';
import type { JobProgress } from '#shared/jobs/progress.ts';
import { aRequest, ORG } from '#test/support/builders.ts';
import { errorOf } from '#test/support/import-world.ts';
import { REFRESH_ID } from '#test/support/refresh-world.ts';

const PROGRESS: JobProgress = { status: 'running', total: 3, done: 1, failed: 0 };

const run = createReadRefresh({
  jobs: { read: async (orgId, id) => (orgId === ORG && id === REFRESH_ID ? PROGRESS : undefined) },
});
const read = (refreshId: string, orgId = ORG) =>
  run(aRequest({ method: 'GET', orgId, pathParameters: { refreshId } }));

describe('reading a refresh', () => {
  it('returns its progress', async () => {
    expect(await read(REFRESH_ID)).toEqual({ statusCode: 200, body: { refreshId: REFRESH_ID, ...PROGRESS } });
  });

  it.each([
    ['that does not exist', `ref_${'2'.padStart(26, '0')}`, ORG],
    ['of another organisation', REFRESH_ID, 'o_other'],
    ['with an invalid id', 'ref_1', ORG],
  ])('answers 404 to one %s', async (_case, id, orgId) => {
    expect(await errorOf(read(id, orgId))).toMatchObject({ statusCode: 404, message: 'Refresh not found' });
  });
});
