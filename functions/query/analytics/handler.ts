import type { RollupStore } from '#shared/analytics/rollup-store.ts';
import { readingsOf, type Series, seriesOf } from '#shared/analytics/series.ts';
import { spanOf } from '#shared/analytics/span.ts';
import { CHARTED_KINDS } from '#shared/events/kinds.ts';
import { MAX_ANSWER_BYTES, sentBytes } from '#shared/http/answer-size.ts';
import { type ApiOperation, JsonText } from '#shared/http/api.ts';
import { badRequest, notFound } from '#shared/http/api-error.ts';

/** The dependencies of {@link createReadAnalytics}. */
export interface ReadAnalyticsDeps {
  readonly rollups: Pick<RollupStore, 'generations' | 'rows'>;
}

/** Reads the counts of events by the dates on which they occurred. */
export const createReadAnalytics =
  ({ rollups }: ReadAnalyticsDeps): ApiOperation =>
  async (request) => {
    const { orgId, pathParameters } = request;
    const kind = CHARTED_KINDS.find((known) => known === pathParameters['kind']);
    if (kind === undefined) throw notFound(`The kind must be one of ${CHARTED_KINDS.join(', ')}`);
    const span = spanOf(request);

    const read = async (): Promise<Series> => {
      const { current } = await rollups.generations(orgId);
      const rows = await Promise.all(
        readingsOf(span).map(async (reading) => ({
          reading,
          rows: await rollups.rows(orgId, current, kind, reading),
        })),
      );
      // If a rebuild has ended in between, some of the rollups may have been removed before they were read.
      // Another rebuild does not end soon.
      return (await rollups.generations(orgId)).current === current ? seriesOf(span, rows) : read();
    };
    const text = JSON.stringify(await read());
    if (sentBytes(text) > MAX_ANSWER_BYTES) {
      throw badRequest('The response would be too large: ask for less time or a longer interval');
    }
    return { statusCode: 200, body: new JsonText(text) };
  };
