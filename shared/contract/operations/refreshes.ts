import { ProgressSchema } from '../../refresh/progress.ts';
import * as examples from '../examples.ts';
import { servedBy } from '../operation.ts';

/** Reading the progress of refreshes. */
export const REFRESHES = servedBy('query/refreshes', {
  readRefresh: {
    path: '/v1/contacts/backfill/refresh/{refreshId}',
    method: 'GET',
    tag: 'Refresh',
    summary: 'Read the progress of a refresh',
    response: {
      status: 200,
      description: 'The progress; each contact is counted once',
      schema: ProgressSchema,
      example: examples.PROGRESS,
    },
    errors: [404],
  },
});
