import { type ChartDeps, createChartReader } from '#shared/analytics/chart.ts';
import { nameOf } from '#shared/analytics/name-parameter.ts';
import { spanOf } from '#shared/analytics/span.ts';
import type { RetryBudget } from '#shared/aws/retry.ts';
import { CHARTED_KINDS } from '#shared/events/kinds.ts';
import { MAX_ANSWER_BYTES, sentBytes } from '#shared/http/answer-size.ts';
import { type ApiOperation, JsonText } from '#shared/http/api.ts';
import { badRequest, notFound } from '#shared/http/api-error.ts';

/** The dependencies of {@link createReadAnalytics}. */
export interface ReadAnalyticsDeps extends ChartDeps {
  /** Returns the budget of a request, which begins with the call. */
  readonly budget: () => RetryBudget;
}

/** Reads the counts of events by the dates on which they occurred. */
export const createReadAnalytics = ({ budget, ...deps }: ReadAnalyticsDeps): ApiOperation => {
  const chart = createChartReader(deps);
  return async (request) => {
    const { orgId, pathParameters } = request;
    const kind = CHARTED_KINDS.find((known) => known === pathParameters['kind']);
    if (kind === undefined) throw notFound(`The kind must be one of ${CHARTED_KINDS.join(', ')}`);
    const span = spanOf(request);
    const name = nameOf(kind, request);

    const text = JSON.stringify(await chart({ orgId, kind, span, name }, budget()));
    if (sentBytes(text) > MAX_ANSWER_BYTES) {
      throw badRequest('The response would be too large: ask for less time or a longer interval');
    }
    return { statusCode: 200, body: new JsonText(text) };
  };
};
