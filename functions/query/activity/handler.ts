import { budgetOf } from '#shared/aws/retry.ts';
import { activityJson } from '#shared/events/activity.ts';
import { EventPositionSchema, positionOf } from '#shared/events/event-position.ts';
import type { EventReader } from '#shared/events/event-store.ts';
import { KINDS, type Kind } from '#shared/events/kinds.ts';
import type { ApiOperation } from '#shared/http/api.ts';
import { badRequest, notFound } from '#shared/http/api-error.ts';
import { cursorOf, limitOf, pageOf } from '#shared/http/paging.ts';
import { findOne, type IdentityLookUp, readByIdentity } from '#shared/identities/by-identity.ts';
import { CONTACT_ID } from '#shared/identities/contact-id.ts';
import type { Found } from '#shared/identities/identity-item.ts';
import type { IdentityStore } from '#shared/identities/identity-store.ts';
import type { StandingStore } from '#shared/standings/standing-store.ts';

/** The dependencies of {@link createReadActivity}. */
export interface ReadActivityDeps {
  readonly identities: Pick<IdentityStore, 'find'>;
  readonly standings: Pick<StandingStore, 'get'>;
  readonly events: Pick<EventReader, 'timeline'>;
}

type TimelineOptions = Parameters<EventReader['timeline']>[2];

/** The time limit for looking up the contact, in ms. */
const LOOK_UP_MS = 5_000;

const kindOf = (text: string | undefined): Kind | undefined => {
  if (text === undefined) return undefined;
  const kind = KINDS.find((known) => known === text);
  if (kind === undefined) throw badRequest(`kind must be one of ${KINDS.join(', ')}`);
  return kind;
};

/**
 * Reads the timeline of a contact by the id of any of its identities: all kinds of events merged, newest first, with metadata
 * as it was sent. Most contacts have one identity: its history is read while the contact is looked up.
 */
export const createReadActivity = ({ identities, standings, events }: ReadActivityDeps): ApiOperation => {
  const ofContact = async (lookUp: IdentityLookUp, found: Found, options: TimelineOptions) => {
    const { orgId } = lookUp;
    const standing = await readByIdentity(lookUp, (contactId) => standings.get(orgId, contactId), found);
    if (standing === undefined) throw notFound('Contact not found');
    return events.timeline(orgId, standing.histories, options);
  };

  return async (request) => {
    const { orgId, pathParameters, query } = request;
    const { contactId: id = '' } = pathParameters;
    if (!CONTACT_ID.test(id)) throw notFound('Contact not found');
    const options = {
      limit: limitOf(request),
      kind: kindOf(query['kind']),
      after: cursorOf(request, EventPositionSchema),
    };
    const lookUp = { identities, orgId, id, budget: budgetOf(LOOK_UP_MS) };
    const [found, ofIdentity] = await Promise.all([findOne(lookUp), events.timeline(orgId, [id], options)]);
    if (found === undefined) throw notFound('Contact not found');
    const page = found.isOnly ? ofIdentity : await ofContact(lookUp, found, options);
    const entries = page.events.map((event) => ({
      json: activityJson(event),
      position: positionOf(event.sk, event.contactId),
    }));
    return { statusCode: 200, body: await pageOf(entries, page.next) };
  };
};
