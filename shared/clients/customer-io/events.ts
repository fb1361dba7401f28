import type { HistoryMessage } from '../../imports/history-message.ts';
import { isTextOf } from '../../json/text.ts';
import { eventOf } from '../attributes.ts';
import { type Checked, rejected, valid } from '../checked.ts';
import type { Fields } from '../sent-value.ts';
import { eventData } from './event-data.ts';
import { type TranslationContext, timeOf } from './time.ts';

/** An action that says that something happened. */
export type EventAction = 'event' | 'page' | 'screen';

/** The maximum length of an event's name. Source: Customer.io documentation, "Track API", limits. */
const MAX_NAME_BYTES = 100;

/** A name is trimmed. The name of a page is its URL, which may be long. */
const eventName = (sent: unknown, action: EventAction): Checked<string> => {
  const name = typeof sent === 'string' ? sent.trim() : (sent ?? '');
  if (name === '') return rejected('name', 'event name must not be blank');
  if (typeof name !== 'string' || !name.isWellFormed()) {
    return rejected('name', 'event name must be a string without lone surrogates');
  }
  return action === 'event' && Buffer.byteLength(name) > MAX_NAME_BYTES
    ? rejected('name', `event name cannot be longer than ${MAX_NAME_BYTES} bytes`)
    : valid(name);
};

const eventId = (sent: unknown): Checked<string | undefined> => {
  const id = sent === '' ? undefined : (sent ?? undefined);
  return id === undefined || (typeof id === 'string' && isTextOf(1, 128, id))
    ? valid(id)
    : rejected('id', 'id must be a string of 1 to 128 characters');
};

const URL_LIKE = /^https?:\/\//i;

/** What is shown beside the other attributes of a view. */
const LIFTED = ['name', 'url', 'title'] as const;

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

/**
 * The metadata of a view, as those of other clients: `name`, `url` and `title`, and the other attributes as `properties`. An
 * attribute that differs from the view's own name stays among them.
 */
const metadataOfView = (action: EventAction, name: string, attributes: Fields): Fields => {
  const own: Fields = { [URL_LIKE.test(name) ? 'url' : 'name']: name };
  const lifted: Record<string, unknown> = {};
  const properties: Record<string, unknown> = { ...attributes };
  for (const field of LIFTED) {
    const value = own[field] ?? attributes[field];
    if (!isText(value)) continue;
    lifted[field] = value;
    if (attributes[field] === value) delete properties[field];
  }
  return {
    ...lifted,
    ...(Object.keys(properties).length > 0 && { properties }),
    ...(action === 'screen' && { screen: true }),
  };
};

const happened = (
  action: EventAction,
  name: string,
  attributes: Fields,
): NonNullable<HistoryMessage['event']> => {
  if (action !== 'event') {
    return eventOf('web', 'page_view', metadataOfView(action, name, attributes));
  }
  return eventOf('track', name, attributes);
};

/** Something that a person did, or a page or screen that they saw. */
export const eventMessage = (
  names: HistoryMessage['names'],
  action: EventAction,
  operation: Fields,
  context: TranslationContext,
): Checked<HistoryMessage> => {
  const name = eventName(operation['name'], action);
  if (name.kind === 'rejected') return name;
  const id = eventId(operation['id']);
  if (id.kind === 'rejected') return id;
  const at = timeOf(operation['timestamp'], 'timestamp', context);
  if (at.kind === 'rejected') return at;
  const attributes = eventData(operation['attributes'], 'attributes');
  if (attributes.kind === 'rejected') return attributes;
  const event = happened(action, name.value, attributes.value);
  return valid({ id: id.value, names, at: at.value, event });
};
