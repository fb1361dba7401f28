import * as v from 'valibot';
import { EmailSchema } from '../../identities/email.ts';
import { ProfileSchema } from '../../profiles/profile.ts';
import { pageOf } from '../answers.ts';
import * as examples from '../examples.ts';
import { servedBy } from '../operation.ts';
import { LIST_QUERY } from '../parameters.ts';

/** Reading contacts. */
export const CONTACTS = servedBy('query/contacts', {
  listContacts: {
    path: '/v1/contacts',
    method: 'GET',
    tag: 'Contacts',
    summary: 'List contacts, or read the contact with an email address',
    description: 'With `email` the response is the profile of that contact, otherwise a page of profiles.',
    query: [
      {
        name: 'email',
        description:
          'Returns the profile with this address instead of a list, or 404; not case-sensitive. In a URL, `+` is written `%2B`.',
        schema: EmailSchema('email'),
      },
      {
        name: 'sort',
        description: 'Highest engagement first; without it, the order is arbitrary but stable',
        schema: v.picklist(['engagementScore']),
      },
      ...LIST_QUERY,
    ],
    response: {
      status: 200,
      description: 'A page of profiles, or a profile',
      schema: [pageOf(ProfileSchema), ProfileSchema],
      example: { items: [examples.PROFILE], nextCursor: null },
    },
    errors: [404],
  },
  readContact: {
    path: '/v1/contacts/{contactId}',
    method: 'GET',
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
});
