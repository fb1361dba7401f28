import { INTERVALS } from '../../analytics/interval.ts';
import { MAX_BUCKETS, SeriesSchema } from '../../analytics/series.ts';
import { KINDS } from '../../events/kinds.ts';
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
      `The kind is one of ${KINDS.join(', ')}. Every stored event is counted once, some seconds after it is imported. ` +
      `Buckets begin in UTC, weeks on Monday; the first bucket contains \`from\` and counts from there on. A series has at most ` +
      `${MAX_BUCKETS} buckets.`,
    query: [
      {
        name: 'from',
        description: 'A date (its midnight in UTC), or a date and time with a zone, on the hour',
        required: true,
        schema: { type: 'string', anyOf: [{ format: 'date-time' }, { format: 'date' }] },
      },
      {
        name: 'to',
        description: 'Like from; exclusive',
        required: true,
        schema: { type: 'string', anyOf: [{ format: 'date-time' }, { format: 'date' }] },
      },
      {
        name: 'interval',
        description: 'The length of a bucket',
        schema: { type: 'string', enum: [...INTERVALS], default: 'day' },
      },
    ],
    response: {
      status: 200,
      description: 'Counts by type, for each bucket and in total; empty buckets are included',
      schema: SeriesSchema,
      example: examples.SERIES,
    },
    errors: [400, 404],
  },
});
