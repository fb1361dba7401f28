import * as v from 'valibot';
import type { ContactStore } from '#shared/contacts/contact-store.ts';
import { activityJson } from '#shared/events/activity.ts';
import type { EventReader } from '#shared/events/event-store.ts';
import { KINDS, type Kind } from '#shared/events/kinds.ts';
import { type ApiOperation, JsonText } from '#shared/http/api.ts';
import { badRequest, notFound } from '#shared/http/api-error.ts';
import { cursorOf, encodeCursor, limitOf } from '#shared/http/paging.ts';
import { CONTACT_ID } from '#shared/identities/contact-id.ts';

/** What reading a timeline needs. */
export interface ReadActivityDeps {
  readonly contacts: Pick<ContactStore, 'get'>;
  readonly events: Pick<EventReader, 'timeline'>;
}

/** The sort key of an event; see event-item.ts. */
const CursorSchema = v.pipe(v.string(), v.regex(/^[\dTZ:.-]{24}#[ewih][\w-]{16}$/));

const kindOf = (text: string | undefined): Kind | undefined => {
  if (text === undefined) return undefined;
  const kind = KINDS.find((known) => known === text);
  if (kind === undefined) throw badRequest(`kind must be one of ${KINDS.join(', ')}`);
  return kind;
};

/** `GET /v1/contacts/{contactId}/activity`: all kinds merged, newest first, metadata as it was sent. */
export const createReadActivity =
  ({ contacts, events }: ReadActivityDeps): ApiOperation =>
  async (request) => {
    const { orgId, pathParameters, query } = request;
    const { contactId = '' } = pathParameters;
    if (!CONTACT_ID.test(contactId)) throw notFound('Contact not found');
    const options = {
      limit: limitOf(request),
      kind: kindOf(query['kind']),
      after: cursorOf(request, CursorSchema),
    };
    const [contact, page] = await Promise.all([
      contacts.get(orgId, contactId),
      events.timeline(orgId, contactId, options),
    ]);
    if (contact === undefined) throw notFound('Contact not found');
    const items = page.events.map(activityJson).join(',');
    const nextCursor = page.next === undefined ? null : encodeCursor(page.next);
    return {
      statusCode: 200,
      body: new JsonText(`{"items":[${items}],"nextCursor":${JSON.stringify(nextCursor)}}`),
    };
  };
