import { DocumentedRefreshBodySchema, RefreshAnswerSchema } from '../../refresh/request.ts';
import * as examples from '../examples.ts';
import { servedBy } from '../operation.ts';

/** Starting refreshes. */
export const REFRESH = servedBy('refresh/start', {
  startRefresh: {
    path: '/v1/contacts/backfill/refresh',
    method: 'POST',
    tag: 'Refresh',
    summary: 'Recompute scores, location interests and segments of contacts from their whole histories',
    description:
      'Of the contacts that are named, or with `{"affected": true}` of all that imports have touched since the last ' +
      'such refresh. Historical events never recompute by themselves.',
    request: { schema: DocumentedRefreshBodySchema, example: examples.REFRESH },
    response: {
      status: 202,
      description: 'The refresh goes on in the background',
      schema: RefreshAnswerSchema,
      example: examples.REFRESH_ANSWER,
    },
    errors: [400, 413, 415, 503],
  },
});
