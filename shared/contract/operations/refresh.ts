import { RefreshAnswerSchema, RefreshBodySchema } from '../../refresh/request.ts';
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
      'Refreshes the named contacts, or with `{"affected": true}` all that imports have affected since the ' +
      'last such refresh. Importing historical events does not recompute anything on its own.',
    request: { schema: RefreshBodySchema, example: examples.REFRESH },
    response: {
      status: 202,
      description: 'The refresh continues in the background',
      schema: RefreshAnswerSchema,
      example: examples.REFRESH_ANSWER,
    },
    errors: [],
  },
});
