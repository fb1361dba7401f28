import { ProgressSchema } from '../../refresh/progress.ts';
import * as examples from '../examples.ts';
import { servedBy } from '../operation.ts';

/** Reading how far refreshes are. */
export const REFRESHES = servedBy('query/refreshes', {
  readRefresh: {
    path: '/v1/contacts/backfill/refresh/{refreshId}',
    method: 'GET',
    tag: 'Refresh',
    summary: 'See how far a refresh is',
    response: {
      status: 200,
      description: 'Each contact counts once',
      schema: ProgressSchema,
      example: examples.PROGRESS,
    },
    errors: [404],
  },
});
