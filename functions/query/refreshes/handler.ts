import type { ProgressStore } from '#shared/refresh/progress-store.ts';
import type { ApiOperation } from '#shared/runtime/api.ts';
import { notFound } from '#shared/runtime/api-error.ts';

/** What reading a refresh needs. */
export interface ReadRefreshDeps {
  readonly progress: Pick<ProgressStore, 'read'>;
}

/** `GET /v1/contacts/backfill/refresh/{refreshId}`: how far it is. */
export const createReadRefresh =
  ({ progress }: ReadRefreshDeps): ApiOperation =>
  async ({ orgId, pathParameters }) => {
    const found = await progress.read(orgId, pathParameters['refreshId'] as string);
    if (found === undefined) throw notFound('Refresh not found');
    return { statusCode: 200, body: found };
  };
