import type { ApiOperation } from '#shared/http/api.ts';
import { notFound } from '#shared/http/api-error.ts';
import type { ProgressStore } from '#shared/refresh/progress-store.ts';
import { isId } from '#shared/time/ids.ts';

/** What reading a refresh needs. */
export interface ReadRefreshDeps {
  readonly progress: Pick<ProgressStore, 'read'>;
}

/** How far a refresh is. */
export const createReadRefresh =
  ({ progress }: ReadRefreshDeps): ApiOperation =>
  async ({ orgId, pathParameters }) => {
    const { refreshId } = pathParameters;
    const found = isId('ref', refreshId) ? await progress.read(orgId, refreshId) : undefined;
    if (found === undefined) throw notFound('Refresh not found');
    return { statusCode: 200, body: found };
  };
