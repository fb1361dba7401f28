import { MAX_METADATA_DEPTH } from '../../events/event-schemas.ts';
import { EVENT_KINDS } from '../../events/kinds.ts';
import { isTextOf } from '../../json/text.ts';
import { eventOf, isEmpty } from '../attributes.ts';
import { type Checked, rejected, valid } from '../checked.ts';
import { type Fields, mapOf } from '../sent-value.ts';
import { companyOfContext } from './company.ts';
import { EMAIL_EVENTS } from './email-events.ts';
import type { Reader } from './said.ts';
import { SEMANTIC_EVENTS } from './semantic-events.ts';

const { maxCharacters, rule } = EVENT_KINDS.track.types;

const eventNameOf = (name: unknown): Checked<string> => {
  if (name === undefined || name === null) return rejected('event', 'event is required');
  return typeof name === 'string' && isTextOf(1, maxCharacters, name)
    ? valid(name)
    : rejected('event', `event ${rule}`);
};

/** The properties, and the context unless a property has its name. */
const metadataOf = (properties: Fields, context: Fields): Fields =>
  isEmpty(context) || Object.hasOwn(properties, 'context') ? properties : { ...properties, context };

/**
 * Reads a `track`: an event by the name that the sender has given it, an email event, or an instruction of Customer.io's.
 * Sources: Segment documentation, "Spec: Track"; product specification, "What a message becomes".
 */
export const readTrack: Reader = (message, { context }) => {
  const name = eventNameOf(message['event']);
  if (name.kind === 'rejected') return name;
  const properties = mapOf('properties', message['properties'], MAX_METADATA_DEPTH);
  if (properties.kind === 'rejected') return properties;
  const company = companyOfContext(context);
  if (company.kind === 'rejected') return company;
  const ofCompany = company.value !== undefined && { company: company.value };

  const instruction = SEMANTIC_EVENTS.get(name.value);
  if (instruction !== undefined) {
    const said = instruction(properties.value, context);
    return said.kind === 'rejected' ? said : valid({ ...ofCompany, ...said.value });
  }
  const emailType = EMAIL_EVENTS.get(name.value);
  const metadata = metadataOf(properties.value, context);
  const event =
    emailType === undefined ? eventOf('track', name.value, metadata) : eventOf('email', emailType, metadata);
  return valid({ event, ...ofCompany });
};
