import { budgetOf } from '#shared/aws/retry.ts';
import { activityJson } from '#shared/events/activity.ts';
import { EventSkSchema } from '#shared/events/event-item.ts';
import type { EventReader } from '#shared/events/event-store.ts';
import { KINDS, type Kind } from '#shared/events/kinds.ts';
import type { ApiOperation } from '#shared/http/api.ts';
import { badRequest, notFound } from '#shared/http/api-error.ts';
import { cursorOf, limitOf, pageOf } from '#shared/http/paging.ts';
import { CONTACT_ID } from '#shared/identities/contact-id.ts';
import type { IdentityStore } from '#shared/identities/identity-store.ts';

/** The dependencies of {@link createReadActivity}. */
export interface ReadActivityDeps {
  readonly identities: Pick<IdentityStore, 'find'>;
  readonly events: Pick<EventReader, 'timeline'>;
}

/** The time limit for checking whether the contact exists, in ms. */
const LOOK_UP_MS = 5_000;

const kindOf = (text: string | undefined): Kind | undefined => {
  if (text === undefined) return undefined;
  const kind = KINDS.find((known) => known === text);
  if (kind === undefined) throw badRequest(`kind must be one of ${KINDS.join(', ')}`);
  return kind;
};

/** Reads the timeline of a contact: all kinds merged, newest first, with metadata as it was sent. */
export const createReadActivity =
  ({ identities, events }: ReadActivityDeps): ApiOperation =>
  async (request) => {
    const { orgId, pathParameters, query } = request;
    const { contactId = '' } = pathParameters;
    if (!CONTACT_ID.test(contactId)) throw notFound('Contact not found');
    const options = {
      limit: limitOf(request),
      kind: kindOf(query['kind']),
      after: cursorOf(request, EventSkSchema),
    };
    const [existing, page] = await Promise.all([
      identities.find(orgId, [contactId], { budget: budgetOf(LOOK_UP_MS) }),
      events.timeline(orgId, contactId, options),
    ]);
    if (!existing.has(contactId)) throw notFound('Contact not found');
    const entries = page.events.map((event) => ({ json: activityJson(event), position: event.sk }));
    return { statusCode: 200, body: await pageOf(entries, page.next) };
  };
