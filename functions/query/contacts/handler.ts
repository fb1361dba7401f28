import { contactIdOf } from '#shared/contacts/contact-id.ts';
import type { Contact } from '#shared/contacts/contact-item.ts';
import type { ContactStore } from '#shared/contacts/contact-store.ts';
import { type ApiOperation, JsonText } from '#shared/runtime/api.ts';
import { badRequest, notFound } from '#shared/runtime/api-error.ts';

/** What reading contacts needs. */
export interface ReadContactDeps {
  readonly contacts: Pick<ContactStore, 'get'>;
}

/** `GET /v1/contacts/{contactId}` and `GET /v1/contacts?email=`: one contact's profile. */
export const createReadContact =
  ({ contacts }: ReadContactDeps): ApiOperation =>
  async ({ orgId, pathParameters, query }) => {
    const byId = pathParameters['contactId'];
    const { email } = query;
    if (byId === undefined && !email) throw badRequest('Name a contact: ?email=');
    const contact = await contacts.get(orgId, byId ?? contactIdOf(orgId, email as string));
    if (contact === undefined) throw notFound('Contact not found');
    return { statusCode: 200, body: new JsonText(profileJson(contact)) };
  };

/** Attributes go out as the text that came in. */
const profileJson = ({ attributes, createdBy: _createdBy, ...profile }: Contact): string => {
  const pairs = [...attributes].map(([name, json]) => `${JSON.stringify(name)}:${json}`);
  return `${JSON.stringify(profile).slice(0, -1)},"attributes":{${pairs.join(',')}}}`;
};
