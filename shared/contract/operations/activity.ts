import * as v from 'valibot';
import { ActivitySchema } from '../../events/activity.ts';
import { KINDS } from '../../events/kinds.ts';
import { pageOf } from '../answers.ts';
import * as examples from '../examples.ts';
import { servedBy } from '../operation.ts';
import { LIST_QUERY } from '../parameters.ts';

/** Reading timelines. */
export const ACTIVITY = servedBy('query/activity', {
  readActivity: {
    path: '/v1/contacts/{contactId}/activity',
    method: 'GET',
    tag: 'Contacts',
    summary: 'Read a contact’s timeline: all kinds of events merged, newest first',
    query: [
      {
        name: 'kind',
        description: 'Return only events of this kind; then a page may be short although it is not the last',
        schema: v.picklist(KINDS),
      },
      ...LIST_QUERY,
    ],
    response: {
      status: 200,
      description: 'A page of events, with metadata as it was sent',
      schema: pageOf(ActivitySchema),
      example: { items: [examples.ACTIVITY], nextCursor: null },
    },
    errors: [404],
  },
});
