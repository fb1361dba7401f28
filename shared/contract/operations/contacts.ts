import { ActivitySchema } from '../../events/activity.ts';
import { KINDS } from '../../events/kinds.ts';
import { ProfileSchema } from '../../profiles/profile.ts';
import { pageOf } from '../answers.ts';
import * as examples from '../examples.ts';
import { LIST_QUERY, type Operation } from '../operation.ts';

/** The routes that read contacts. */
export const CONTACT_OPERATIONS: readonly Operation[] = [
  {
    path: '/v1/contacts',
    method: 'GET',
    operationId: 'listContacts',
    tag: 'Contacts',
    summary: 'List contacts, or read the one with an email address',
    description: 'With `email` the answer is that contact’s profile, else a page of profiles.',
    query: [
      { name: 'email', description: 'In any case; answers one profile', schema: { type: 'string' } },
      {
        name: 'sort',
        description: 'Highest engagement first',
        schema: { type: 'string', enum: ['engagementScore'] },
      },
      ...LIST_QUERY,
    ],
    response: {
      status: 200,
      description: 'A page of profiles, or a profile',
      schema: [pageOf(ProfileSchema), ProfileSchema],
      example: { items: [examples.PROFILE], nextCursor: null },
    },
    errors: [400, 404],
  },
  {
    path: '/v1/contacts/{contactId}',
    method: 'GET',
    operationId: 'readContact',
    tag: 'Contacts',
    summary: 'Read a contact’s profile: scores as of now, location interests, segments',
    response: {
      status: 200,
      description: 'The profile',
      schema: ProfileSchema,
      example: examples.PROFILE,
    },
    errors: [404],
  },
  {
    path: '/v1/contacts/{contactId}/activity',
    method: 'GET',
    operationId: 'readActivity',
    tag: 'Contacts',
    summary: 'Read a contact’s timeline: all kinds of events merged, newest first',
    query: [
      {
        name: 'kind',
        description: 'Only events of that kind; a page may then be short and yet not the last',
        schema: { type: 'string', enum: [...KINDS] },
      },
      ...LIST_QUERY,
    ],
    response: {
      status: 200,
      description: 'A page of events; metadata as it was sent',
      schema: pageOf(ActivitySchema),
      example: { items: [examples.ACTIVITY], nextCursor: null },
    },
    errors: [400, 404],
  },
];
