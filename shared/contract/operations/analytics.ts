import { MAX_PLOTTED_NAMES } from '../../analytics/chart.ts';
import { NAMED_KINDS_TEXT, NameParameterSchema } from '../../analytics/name-parameter.ts';
import { MAX_BUCKETS, SeriesSchema } from '../../analytics/series.ts';
import { IntervalSchema, SpanEndSchema } from '../../analytics/span.ts';
import * as examples from '../examples.ts';
import { servedBy } from '../operation.ts';

/** Reading charts. */
export const ANALYTICS = servedBy('query/analytics', {
  readAnalytics: {
    path: '/v1/analytics/{kind}',
    method: 'GET',
    tag: 'Analytics',
    summary: 'Count events of a kind by the dates on which they occurred',
    description:
      'Every stored event is counted once, some seconds after it is imported. ' +
      `Buckets begin in UTC, weeks on Monday; the first bucket contains \`from\` and counts from there on. A series has at most ` +
      `${MAX_BUCKETS} buckets. Of ${NAMED_KINDS_TEXT} the ${MAX_PLOTTED_NAMES} most frequent names of the time range are counted, ` +
      'and `other` is the number of all other events; a request may ask for one name instead.',
    query: [
      {
        name: 'from',
        description:
          'A date (its midnight in UTC), or a date and time with a zone, on the hour in UTC; in a URL, `+` is written `%2B`',
        required: true,
        schema: SpanEndSchema,
      },
      {
        name: 'to',
        description: 'Like `from`; exclusive, and later',
        required: true,
        schema: SpanEndSchema,
      },
      {
        name: 'interval',
        description: 'The length of a bucket',
        schema: IntervalSchema,
      },
      {
        name: 'name',
        description: `Count the events of this name alone; only for ${NAMED_KINDS_TEXT}. In a URL, \`+\` is written \`%2B\``,
        schema: NameParameterSchema,
      },
    ],
    response: {
      status: 200,
      description: 'Counts by type or name, for each bucket and in total; empty buckets are included',
      schema: SeriesSchema,
      example: examples.SERIES,
    },
    errors: [404],
  },
});
