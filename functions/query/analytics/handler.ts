import type { RollupStore } from '#shared/analytics/rollup-store.ts';
import { readingsOf, type Series, seriesOf } from '#shared/analytics/series.ts';
import { spanOf } from '#shared/analytics/span.ts';
import { KINDS } from '#shared/events/kinds.ts';
import { type ApiOperation, JsonText } from '#shared/http/api.ts';
import { badRequest, notFound } from '#shared/http/api-error.ts';

/** What reading analytics needs. */
export interface ReadAnalyticsDeps {
  readonly rollups: Pick<RollupStore, 'generations' | 'rows'>;
}

/** What Lambda answers with at most, less what goes around it. Source: Lambda quotas, "Invocation payload". */
const MAX_ANSWER_BYTES = 5.5 * 1024 * 1024;

/** Events by the dates when they occurred. */
export const createReadAnalytics =
  ({ rollups }: ReadAnalyticsDeps): ApiOperation =>
  async (request) => {
    const { orgId, pathParameters } = request;
    const kind = KINDS.find((known) => known === pathParameters['kind']);
    if (kind === undefined) throw notFound(`There are analytics of ${KINDS.join(', ')}`);
    const span = spanOf(request);

    const read = async (): Promise<Series> => {
      const { current } = await rollups.generations(orgId);
      const rows = await Promise.all(
        readingsOf(span).map(async (reading) => ({
          reading,
          rows: await rollups.rows(orgId, current, kind, reading),
        })),
      );
      // A rebuild has ended meanwhile, and what was read may be half gone. There is not another soon.
      return (await rollups.generations(orgId)).current === current ? seriesOf(span, rows) : read();
    };
    const text = JSON.stringify(await read());
    if (Buffer.byteLength(text) > MAX_ANSWER_BYTES) {
      throw badRequest('The answer would be too large: ask for less time or a longer interval');
    }
    return { statusCode: 200, body: new JsonText(text) };
  };
