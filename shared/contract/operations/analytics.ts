import { INTERVALS } from '../../analytics/interval.ts';
import { MAX_BUCKETS, SeriesSchema } from '../../analytics/series.ts';
import { KINDS } from '../../events/kinds.ts';
import * as examples from '../examples.ts';
import { servedBy } from '../operation.ts';

/** Charts. */
export const ANALYTICS = servedBy('query/analytics', {
  readAnalytics: {
    path: '/v1/analytics/{kind}',
    method: 'GET',
    tag: 'Analytics',
    summary: 'Plot events of a kind on the dates when they occurred',
    description:
      `The kind is one of ${KINDS.join(', ')}. Every stored event counts once, some seconds after it is imported. ` +
      `Buckets begin in UTC, weeks on Monday; the first is the one that holds \`from\`, and it counts from there on. At most ` +
      `${MAX_BUCKETS} buckets are answered.`,
    query: [
      {
        name: 'from',
        description: 'A date (its midnight in UTC), or a date and time with a zone, on the hour',
        required: true,
        schema: { type: 'string', anyOf: [{ format: 'date-time' }, { format: 'date' }] },
      },
      {
        name: 'to',
        description: 'As from; exclusive',
        required: true,
        schema: { type: 'string', anyOf: [{ format: 'date-time' }, { format: 'date' }] },
      },
      {
        name: 'interval',
        description: 'How long a bucket is',
        schema: { type: 'string', enum: [...INTERVALS], default: 'day' },
      },
    ],
    response: {
      status: 200,
      description: 'Counts by type, for each bucket and in all; empty buckets are there',
      schema: SeriesSchema,
      example: examples.SERIES,
    },
    errors: [400, 404],
  },
});
