import * as v from 'valibot';
import { EVENT_KINDS, type HistoryEvent, type Kind } from '../../events/kinds.ts';
import { earliestInstant, MAX_AGE_YEARS } from '../../events/occurred-at.ts';
import { CONTACT_ID } from '../../identities/contact-id.ts';
import type { Namespace } from '../../identities/identity.ts';
import { IdentitySchema } from '../../identities/identity-schemas.ts';
import type { HistoryMessage } from '../../imports/history-message.ts';
import { printed } from '../../json/lossless-json.ts';
import { isTextOf } from '../../json/text.ts';
import { MAX_LEAD_MS, parseInstant } from '../../time/instant.ts';
import { type Rejection, rejected } from '../checked.ts';

/** The namespaces of the columns that name the person, in the order in which they are checked. */
export const IDENTITY_COLUMNS = {
  lead_id: 'leadId',
  external_id: 'userId',
  email: 'email',
  phone: 'phone',
  cookie: 'anonymousId',
  social: 'social',
} as const satisfies Readonly<Record<string, Namespace>>;

type IdentityColumn = keyof typeof IDENTITY_COLUMNS;

const COLUMNS = Object.keys(IDENTITY_COLUMNS) as readonly IdentityColumn[];

/** `lead_id, external_id, email, phone, cookie or social`. */
const ANY_COLUMN = `${COLUMNS.slice(0, -1).join(', ')} or ${COLUMNS.at(-1)}`;

const TYPE = 'event_type';
const TIMESTAMP = 'timestamp';

/** Columns whose values have a meaning of their own; all others become metadata. */
const OWN_COLUMNS: ReadonlySet<string> = new Set([...COLUMNS, TYPE, TIMESTAMP]);

/** The kinds and types of LeadVibe's event types; any other type is the name of a `track` event. */
const TYPES: ReadonlyMap<string, readonly [Kind, string]> = new Map([
  ['page_view', ['web', 'page_view']],
  ['form_submit', ['web', 'form_submit']],
  ['email_sent', ['email', 'sent']],
  ['email_delivered', ['email', 'delivered']],
  ['email_open', ['email', 'opened']],
  ['email_opened', ['email', 'opened']],
  ['email_click', ['email', 'clicked']],
  ['email_clicked', ['email', 'clicked']],
  ['email_bounce', ['email', 'bounced']],
  ['email_bounced', ['email', 'bounced']],
  ['email_unsubscribe', ['email', 'unsubscribed']],
  ['email_unsubscribed', ['email', 'unsubscribed']],
  ['email_complaint', ['email', 'complained']],
  ['email_complained', ['email', 'complained']],
  ['email_spam', ['email', 'complained']],
] as const);

/** A row, translated. */
export type Row =
  | {
      readonly kind: 'message';
      /** Its `names` are those of the columns; they may be empty only if there is a `contactId`. */
      readonly message: HistoryMessage;
      /** The id of the person's contact, or of one of its identities, as `lead_id`. */
      readonly contactId: string | undefined;
    }
  | Rejection;

/** Translates a row of a file. */
export type RowTranslator = (row: readonly string[]) => Row;

/** What a file's header means, or why its rows mean nothing. */
export type Header =
  | { readonly kind: 'translator'; readonly translate: RowTranslator }
  | { readonly kind: 'refused'; readonly reason: string };

/** A column that names the person. */
interface Identifying {
  readonly at: number;
  readonly column: IdentityColumn;
  readonly schema: v.GenericSchema<unknown, string>;
}

/** Whom a row is about. */
interface Person {
  readonly names: HistoryMessage['names'];
  readonly contactId: string | undefined;
}

const personOf = (row: readonly string[], columns: readonly Identifying[]): Person | Rejection => {
  const names: Partial<Record<Namespace, string>> = {};
  let contactId: string | undefined;
  for (const { at, column, schema } of columns) {
    const text = row[at]?.trim() ?? '';
    if (text === '') continue;
    if (column === 'lead_id' && CONTACT_ID.test(text)) {
      contactId = text;
      continue;
    }
    const result = v.safeParse(schema, text, { abortEarly: true, abortPipeEarly: true });
    if (!result.success) return rejected(column, result.issues[0].message);
    names[IDENTITY_COLUMNS[column]] = result.output;
  }
  const isNamed = contactId !== undefined || Object.keys(names).length > 0;
  return isNamed ? { names, contactId } : rejected(undefined, `${ANY_COLUMN} is required`);
};

/** When a row says that it happened. */
const instantOf = (text: string, now: number, earliest: number): number | Rejection => {
  if (text === '') return now;
  // RFC 3339 allows lower-case letters, and a space in the place of the T. Source: RFC 3339, section 5.6.
  const at = parseInstant(text.toUpperCase().replace(/^(\d{4}-\d\d-\d\d) /, '$1T'));
  if (Number.isNaN(at)) return rejected(TIMESTAMP, `${TIMESTAMP} is not a valid RFC 3339 timestamp`);
  if (at > now + MAX_LEAD_MS) return rejected(TIMESTAMP, `${TIMESTAMP} is in the future`);
  return at < earliest
    ? rejected(TIMESTAMP, `${TIMESTAMP} is more than ${MAX_AGE_YEARS} years in the past`)
    : at;
};

/** The kind and the type of a row's event. */
const typeOf = (text: string): Pick<HistoryEvent, 'kind' | 'type'> | Rejection => {
  const known = TYPES.get(text);
  if (known !== undefined) return { kind: known[0], type: known[1] };
  if (text === '') return rejected(TYPE, `${TYPE} is required`);
  const { maxCharacters, rule } = EVENT_KINDS.track.types;
  return isTextOf(1, maxCharacters, text) ? { kind: 'track', type: text } : rejected(TYPE, `${TYPE} ${rule}`);
};

/** A column that becomes metadata. */
interface Additional {
  readonly at: number;
  readonly name: string;
}

type Metadata = Pick<HistoryEvent, 'metadata' | 'canonicalMetadata'>;

/** The metadata of rows: their other columns, unless they are empty, and `source`, which is always `import`. */
const metadataReader = (columns: readonly Additional[]): ((row: readonly string[]) => Metadata) => {
  const metadataOf = (fields: readonly (readonly [string, string])[]): Metadata => {
    const { text, canonical } = printed(Object.fromEntries([...fields, ['source', 'import']]));
    return { metadata: text, canonicalMetadata: canonical };
  };
  const nothingElse = metadataOf([]);
  return (row) => {
    const fields = columns.flatMap(({ at, name }) => (row[at] ? [[name, row[at]] as const] : []));
    return fields.length === 0 ? nothingElse : metadataOf(fields);
  };
};

const isRejected = (value: object | number): value is Rejection =>
  typeof value === 'object' && 'reason' in value;

/**
 * Reads the header of a file: its columns by name, in any order. Rows are then translated by it: each becomes a `web` or `email`
 * event if its type is one of theirs, and a `track` event otherwise. Columns that LeadVibe does not have become the metadata of
 * the event, as texts.
 *
 * A row has no id of its own: its event is identified by its fields. So a file that is sent again stores nothing new, except for
 * rows without a timestamp, which take the time of the upload.
 *
 * @param header - distinct names
 * @param now - the time of the upload, ms since 1970
 */
export const readHeader = (header: readonly string[], now: number): Header => {
  const typeAt = header.indexOf(TYPE);
  if (typeAt < 0) {
    return {
      kind: 'refused',
      reason: `The first line must name the columns, separated by commas; ${TYPE} is missing`,
    };
  }
  const identifying = COLUMNS.map((column) => ({
    at: header.indexOf(column),
    column,
    schema: IdentitySchema(IDENTITY_COLUMNS[column], column),
  })).filter(({ at }) => at >= 0);
  if (identifying.length === 0) {
    return { kind: 'refused', reason: `The first line must name a column ${ANY_COLUMN}` };
  }
  const timestampAt = header.indexOf(TIMESTAMP);
  const earliest = earliestInstant(now);
  const metadataOf = metadataReader(
    header.map((name, at) => ({ at, name })).filter(({ name }) => !OWN_COLUMNS.has(name)),
  );

  const translate: RowTranslator = (row) => {
    if (row.length !== header.length) {
      return rejected(undefined, `Wrong number of fields: ${row.length} instead of ${header.length}`);
    }
    const person = personOf(row, identifying);
    if (isRejected(person)) return person;
    const type = typeOf((row[typeAt] as string).trim());
    if (isRejected(type)) return type;
    const at = instantOf(row[timestampAt]?.trim() ?? '', now, earliest);
    if (isRejected(at)) return at;
    const { names, contactId } = person;
    const event = { ...type, ...metadataOf(row) };
    return { kind: 'message', message: { id: undefined, names, at, event }, contactId };
  };
  return { kind: 'translator', translate };
};
