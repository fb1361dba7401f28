import { hash } from 'node:crypto';
import * as v from 'valibot';
import type { Item } from '../aws/dynamodb.ts';
import { canonicalJson, parseLossless } from '../json/lossless-json.ts';
import { printInstant } from '../time/instant.ts';
import { type EventKind, isNamed } from './event-kind.ts';
import { EVENT_KINDS, type HistoryEvent, KINDS, type Kind } from './kinds.ts';

/**
 * The event table's items. Attribute names are short since every item contains them: with its keys and names, an item
 * is smaller than the event's own JSON, so that an event of up to 1 KB costs one write unit.
 *
 * | attribute | holds |
 * | --- | --- |
 * | `pk` | `{orgId}#{identityId}`: the identity by which the event was sent; linking and merging contacts move no event |
 * | `sk` | `{occurredAt, ISO 8601 UTC with ms}#{kind's letter}{digest}`: chronological order of a history |
 * | `t` | type, signalType, source or name |
 * | `m` | metadata as JSON text |
 * | `i` `l` `s` | eventId, location, strength; the strength is text, since DynamoDB's numbers end at 10^-130 |
 */
const KIND_OF = Object.fromEntries(KINDS.map((kind) => [EVENT_KINDS[kind].letter, kind])) as Record<
  string,
  Kind
>;

/** 96 bits of SHA-256. The digest only distinguishes events of the same history, kind and millisecond. */
const DIGEST_CHARACTERS = 16;

/**
 * The text that identifies an event: its eventId, or else all its fields. Keys are sorted, as objects are unordered. A
 * name may contain line breaks, so it is quoted: otherwise a name and an eventId could be divided in two ways.
 */
const identity = (event: HistoryEvent): string => {
  const { eventId, location, strength } = event;
  const { types }: EventKind = EVENT_KINDS[event.kind];
  const type = isNamed(types) ? JSON.stringify(event.type) : event.type;
  if (eventId !== undefined) return `${type}\nid\n${eventId}`;
  const fields = canonicalMetadata(event);
  if (location === undefined) return `${type}\nfields\n${fields}`;
  return `${type}\nfields\n${JSON.stringify([location, strength])}\n${fields}`;
};

/**
 * Numbers are compared as they were written: ids that differ only beyond a double's precision make different events.
 */
const canonicalMetadata = ({ metadata, canonicalMetadata: known }: HistoryEvent): string =>
  known ?? (metadata === undefined ? '' : canonicalJson(parseLossless(metadata)));

/** The partition key of the history of an identity. */
export const historyKey = (orgId: string, identityId: string): string => `${orgId}#${identityId}`;

/**
 * Creates an event's item in the history of the identity by which it was sent. The same event always has the same key,
 * regardless of the batch that contains it and of the contact that the identity belongs to.
 */
export const toEventItem = (orgId: string, identityId: string, event: HistoryEvent): Item => {
  const at = printInstant(event.occurredAt);
  const digest = hash('sha256', identity(event), 'base64url').slice(0, DIGEST_CHARACTERS);
  const item: Item = {
    pk: { S: historyKey(orgId, identityId) },
    sk: { S: `${at}#${EVENT_KINDS[event.kind].letter}${digest}` },
    t: { S: event.type },
  };
  if (event.metadata !== undefined) item['m'] = { S: event.metadata };
  if (event.eventId !== undefined) item['i'] = { S: event.eventId };
  if (event.location !== undefined) item['l'] = { S: event.location };
  if (event.strength !== undefined) item['s'] = { S: String(event.strength) };
  return item;
};

/** The kind of the event with this sort key. */
export const kindOfSk = (sk: string): Kind => KIND_OF[sk.charAt(25)] as Kind;

/** The number of characters of a sort key. */
export const SK_LENGTH = 26 + DIGEST_CHARACTERS;

/** A sort key that {@link toEventItem} creates. */
export const EventSkSchema = v.pipe(
  v.string(),
  v.regex(new RegExp(`^[\\dTZ:.-]{24}#[${Object.keys(KIND_OF).join('')}][\\w-]{${DIGEST_CHARACTERS}}$`)),
  v.check((sk) => !Number.isNaN(Date.parse(sk.slice(0, 24)))),
);

const text = v.object({ S: v.string() });

/** A stored event item. An item that does not match was not written by this service. */
const EventItemSchema = v.object({
  pk: v.object({ S: v.pipe(v.string(), v.regex(/^o_[\w-]{1,64}#c_[\w-]+$/)) }),
  sk: v.object({ S: EventSkSchema }),
  t: text,
  m: v.optional(text),
  i: v.optional(text),
  l: v.optional(text),
  s: v.optional(text),
});

/** A stored event, with its organisation and history. */
export interface StoredEvent extends HistoryEvent {
  readonly orgId: string;
  /** The identity in whose history it is; the contact's own id if it was created with this identity. */
  readonly contactId: string;
  /** The sort key: unique among the events of the history, in chronological order. */
  readonly sk: string;
}

/**
 * Reads an item of the event table.
 * @throws v.ValiError if it is not an event
 */
export const fromEventItem = (item: unknown): StoredEvent => {
  const { pk, sk, t, m, i, l, s } = v.parse(EventItemSchema, item);
  const [orgId, contactId] = pk.S.split('#') as [string, string];
  return {
    orgId,
    contactId,
    sk: sk.S,
    kind: kindOfSk(sk.S),
    type: t.S,
    occurredAt: Date.parse(sk.S.slice(0, 24)),
    metadata: m?.S,
    eventId: i?.S,
    location: l?.S,
    strength: s === undefined ? undefined : Number(s.S),
  };
};
