import type { Translation } from '../../imports/history-message.ts';
import { isJsonObject } from '../../json/lossless-json.ts';
import { isTextOf } from '../../json/text.ts';
import { isEmpty } from '../attributes.ts';
import { type Checked, rejected, valid } from '../checked.ts';
import { textOf } from '../sent-value.ts';
import { readAlias } from './alias.ts';
import { readGroup } from './group.ts';
import { readIdentify } from './identify.ts';
import { contextOf } from './metadata.ts';
import { namesOf } from './names.ts';
import { readPage } from './page.ts';
import type { Reader } from './said.ts';
import { timeOf } from './time.ts';
import { readTrack } from './track.ts';

/** The types of messages. Source: Segment documentation, "Spec"; Pipelines and RudderStack have the same. */
const READERS: ReadonlyMap<unknown, Reader> = new Map([
  ['identify', readIdentify],
  ['track', readTrack],
  ['page', readPage],
  ['screen', readPage],
  ['group', readGroup],
  ['alias', readAlias],
]);

const UNKNOWN_TYPE = `type must be one of ${[...READERS.keys()].join(', ')}`;

/** A group may be about the company alone, and an alias wants a user id, which it asks for itself. */
const MAY_NAME_NOBODY: ReadonlySet<unknown> = new Set(['group', 'alias']);

/** The maximum length of a message's id, in characters: that of the eventId of an event. */
const MAX_MESSAGE_ID_CHARACTERS = 128;

/** The sender's id of the message; clients send it again with each retry. Source: Segment documentation, "Spec: Common fields". */
const messageIdOf = (value: unknown): Checked<string | undefined> => {
  if (value === undefined || value === null || value === '') return valid(undefined);
  const text = textOf(value);
  return text !== undefined && isTextOf(1, MAX_MESSAGE_ID_CHARACTERS, text)
    ? valid(text)
    : rejected('messageId', `messageId must be a string of 1 to ${MAX_MESSAGE_ID_CHARACTERS} characters`);
};

/**
 * Translates a message of a client that speaks as Segment's do: Segment, RudderStack, June, Customer.io Pipelines.
 *
 * The first rule that the message breaks is its reason: its type, its ids, its time, its context, the fields of its type, its
 * own id. Nothing that differs between retries (`sentAt`, the arrival if the message has a time) enters the result.
 *
 * @param message - parsed by `parseLossless`, of those that `messagesOfRequest` returns
 */
export const translateSegment = (
  message: unknown,
  { receivedAt }: { /** When the message arrived, ms since 1970. */ readonly receivedAt: number },
): Translation => {
  if (!isJsonObject(message)) return rejected(undefined, 'Message must be an object');
  const read = READERS.get(message['type']);
  if (read === undefined) return rejected('type', UNKNOWN_TYPE);
  const names = namesOf(message);
  if (names.kind === 'rejected') return names;
  if (isEmpty(names.value) && !MAY_NAME_NOBODY.has(message['type'])) {
    return rejected('userId', 'userId or anonymousId is required');
  }
  const at = timeOf(message, receivedAt);
  if (at.kind === 'rejected') return at;
  const context = contextOf(message);
  if (context.kind === 'rejected') return context;
  const said = read(message, { names: names.value, context: context.value, receivedAt });
  if (said.kind === 'rejected') return said;
  const id = messageIdOf(message['messageId']);
  if (id.kind === 'rejected') return id;
  return { kind: 'message', message: { id: id.value, names: names.value, at: at.value, ...said.value } };
};
