import * as v from 'valibot';
import { NAMESPACES, type Namespace } from '../../identities/identity.ts';
import { IdentitySchema } from '../../identities/identity-schemas.ts';
import { ProfileSchema } from '../../profiles/profile.ts';
import { pageOf } from '../answers.ts';
import * as examples from '../examples.ts';
import { servedBy } from '../operation.ts';
import { LIST_QUERY } from '../parameters.ts';

/** What the values of identities are. */
const NOUNS: Readonly<Record<Namespace, string>> = {
  userId: 'id in a product’s database',
  email: 'address, which is not case-sensitive (in a URL, `+` is written `%2B`),',
  phone: 'phone number (in a URL, `+` is written `%2B`)',
  social: 'social id',
  leadId: 'id in another vendor’s list of leads',
  cioId: '`cio_id` of Customer.io',
  anonymousId: 'id of an anonymous browser',
};

/** Reading contacts. */
export const CONTACTS = servedBy('query/contacts', {
  listContacts: {
    path: '/v1/contacts',
    method: 'GET',
    tag: 'Contacts',
    summary: 'List contacts, or read the contact with an identity, such as an email address',
    description:
      'With one of the identities the response is the profile of that contact, otherwise a page of profiles.',
    query: [
      ...NAMESPACES.map((name) => ({
        name,
        description: `Returns the profile with this ${NOUNS[name]} instead of a list, or 404. At most one identity may be given.`,
        schema: IdentitySchema(name),
      })),
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
