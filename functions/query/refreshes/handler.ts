import type { ApiOperation } from '#shared/http/api.ts';
import { notFound } from '#shared/http/api-error.ts';
import type { JobReader } from '#shared/jobs/reader.ts';
import type { Progress } from '#shared/refresh/progress.ts';
import { isId } from '#shared/time/ids.ts';

/** The dependencies of {@link createReadRefresh}. */
export interface ReadRefreshDeps {
  readonly jobs: Pick<JobReader, 'read'>;
}

/** Reads the progress of a refresh. */
export const createReadRefresh =
  ({ jobs }: ReadRefreshDeps): ApiOperation =>
  async ({ orgId, pathParameters }) => {
    const { refreshId } = pathParameters;
    if (!isId('ref', refreshId)) throw notFound('Refresh not found');
    const progress = await jobs.read(orgId, refreshId);
    if (progress === undefined) throw notFound('Refresh not found');
    const body: Progress = { refreshId, ...progress };
    return { statusCode: 200, body };
  };
