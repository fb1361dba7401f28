import fc from 'fast-check';
import { parseCsv } from '#shared/clients/leadvibe/csv.ts';
import { type Row, readHeader } from '#shared/clients/leadvibe/row.ts';
import { isEventType } from '#shared/events/event-type.ts';
import { identityIdOf } from '#shared/identities/contact-id.ts';
import { NOW, ORG, SARAH_ID } from '#test/support/builders.ts';
import { DOCUMENTED_BY_EMAIL, DOCUMENTED_BY_LEAD } from '#test/support/uploads.ts';

/** The rows of a file, translated. */
const translated = (text: string): readonly Row[] => {
  const csv = parseCsv(text, 1_000);
  if (csv.kind !== 'rows') throw new Error(`No rows: ${JSON.stringify(csv)}`);
  const header = readHeader(csv.header, NOW);
  if (header.kind !== 'translator') throw new Error(header.reason);
  return csv.rows.map(header.translate);
};

/** The only row of a file with these columns. */
const aRow = (fields: Readonly<Record<string, string>>): Row => {
  const header = readHeader(Object.keys(fields), NOW);
  if (header.kind !== 'translator') throw new Error(header.reason);
  return header.translate(Object.values(fields));
};

const SOURCE = '{"source":"import"}';

const message = (
  names: object,
  at: string,
  kind: string,
  type: string,
  metadata = SOURCE,
  canonicalMetadata = metadata,
) => ({
  kind: 'message',
  message: { id: undefined, names, at: Date.parse(at), event: { kind, type, metadata, canonicalMetadata } },
});

const rejected = (field: string | undefined, reason: string) => ({ kind: 'rejected', field, reason });

describe('the rows of a file', () => {
  it('are what LeadVibe’s documentation has, by lead_id', () => {
    expect(translated(DOCUMENTED_BY_LEAD)).toEqual([
      message({ leadId: 'ld_abc123' }, '2025-06-15T10:30:00Z', 'web', 'page_view'),
      message({ leadId: 'ld_abc123' }, '2025-06-16T14:00:00Z', 'email', 'opened'),
      message({ leadId: 'ld_def456' }, '2025-06-20T09:00:00Z', 'track', 'demo_request'),
    ]);
  });

  it('are what LeadVibe’s documentation has, by email', () => {
    expect(translated(DOCUMENTED_BY_EMAIL)).toEqual([
      message({ email: 'jane@acme.com' }, '2025-07-01T11:00:00Z', 'track', 'webinar_attend'),
      message({ email: 'bob@example.com' }, '2025-07-02T15:30:00Z', 'web', 'form_submit'),
    ]);
  });

  it('have the same meaning with columns in any order', () => {
    const fields = {
      lead_id: 'ld_1',
      event_type: 'email_click',
      timestamp: '2025-06-15T10:30:00Z',
      external_id: 'u-1',
      email: 'Jane@Acme.com',
      phone: '+1 213 373 4253',
      cookie: 'ck_1',
      social: '@jane',
      plan: 'pro',
      city: 'Austin, TX',
    };
    const expected = message(
      {
        leadId: 'ld_1',
        userId: 'u-1',
        email: 'Jane@Acme.com',
        phone: '+12133734253',
        anonymousId: 'ck_1',
        social: '@jane',
      },
      fields.timestamp,
      'email',
      'clicked',
    );
    const columns = Object.entries(fields);

    fc.assert(
      fc.property(
        fc.shuffledSubarray(columns, { minLength: columns.length, maxLength: columns.length }),
        (order) => {
          const translation = aRow(Object.fromEntries(order));

          expect(translation).toMatchObject({
            kind: 'message',
            message: {
              ...expected.message,
              event: {
                kind: 'email',
                type: 'clicked',
                canonicalMetadata: '{"city":"Austin, TX","plan":"pro","source":"import"}',
              },
            },
          });
        },
      ),
    );
  });

  it('keep none of the white space around the values of LeadVibe’s columns', () => {
    const translation = aRow({
      email: ' jane@acme.com\t',
      event_type: ' page_view ',
      timestamp: ' 2025-06-15T10:30:00Z ',
    });

    expect(translation).toEqual(
      message({ email: 'jane@acme.com' }, '2025-06-15T10:30:00Z', 'web', 'page_view'),
    );
  });

  it.each([
    ['too few', 'jane@acme.com,page_view', 2],
    ['too many', 'jane@acme.com,page_view,,', 4],
  ])('are refused alone if they have %s fields', (_, row, count) => {
    const [first, second] = translated(`email,event_type,timestamp\n${row}\njane@acme.com,page_view,\n`);

    expect(first).toEqual(rejected(undefined, `Wrong number of fields: ${count} instead of 3`));
    expect(second).toMatchObject({ kind: 'message' });
  });
});

describe('whom a row is about', () => {
  it.each([
    ['lead_id', 'ld_1', { leadId: 'ld_1' }],
    ['external_id', '42', { userId: '42' }],
    ['email', 'Jane@Acme.com', { email: 'Jane@Acme.com' }],
    ['phone', '+1 (213) 373-4253', { phone: '+12133734253' }],
    ['cookie', '__proto__', { anonymousId: '__proto__' }],
    ['social', 'linkedin.com/in/jane', { social: 'linkedin.com/in/jane' }],
  ])('may be said by %s', (column, value, names) => {
    expect(aRow({ [column]: value, event_type: 'page_view' })).toMatchObject({ message: { names } });
  });

  it.each([SARAH_ID, identityIdOf(ORG, { namespace: 'leadId', value: 'ld_1' })])(
    'is the contact of the id %s, if that is the lead_id',
    (id) => {
      const alone = aRow({ lead_id: ` ${id}`, event_type: 'page_view' });
      const beside = aRow({ lead_id: id, event_type: 'page_view', cookie: 'ck_1' });

      expect(alone).toMatchObject({ contactId: id, message: { names: {} } });
      expect(beside).toMatchObject({ contactId: id, message: { names: { anonymousId: 'ck_1' } } });
    },
  );

  it.each(['c_short', `${SARAH_ID}0`, `C${SARAH_ID.slice(1)}`])(
    'is the lead of another service: %s',
    (id) => {
      const translation = aRow({ lead_id: id, event_type: 'page_view' });

      expect(translation).toMatchObject({ message: { names: { leadId: id } } });
      expect(translation).not.toMatchObject({ message: { contactId: expect.anything() } });
    },
  );

  it('must be said', () => {
    const reason = 'lead_id, external_id, email, phone, cookie or social is required';

    expect(aRow({ lead_id: '', email: '  ', event_type: 'page_view' })).toEqual(rejected(undefined, reason));
    expect(aRow({ social: '', event_type: '' })).toEqual(rejected(undefined, reason));
  });

  it.each([
    ['lead_id', 'é'.repeat(129), 'lead_id must be a string of 1 to 256 bytes'],
    ['external_id', 'x'.repeat(257), 'external_id must be a string of 1 to 256 bytes'],
    ['email', 'jane', 'email is not a valid email address'],
    ['phone', '213 373 4253', 'phone is not a valid phone number with a country code'],
    ['cookie', 'x'.repeat(257), 'cookie must be a string of 1 to 256 bytes'],
    ['social', 'x'.repeat(257), 'social must be a string of 1 to 256 bytes'],
  ])('must be valid in every column: %s', (column, value, reason) => {
    expect(aRow({ [column]: value, event_type: 'page_view' })).toEqual(rejected(column, reason));
    expect(aRow({ lead_id: SARAH_ID, [column]: value, event_type: 'page_view' })).toEqual(
      rejected(column, reason),
    );
  });
});

describe('what a row says happened', () => {
  const typed = (type: string) => aRow({ email: 'jane@acme.com', event_type: type });

  it.each([
    ['page_view', 'web', 'page_view'],
    ['form_submit', 'web', 'form_submit'],
    ['email_sent', 'email', 'sent'],
    ['email_delivered', 'email', 'delivered'],
    ['email_open', 'email', 'opened'],
    ['email_opened', 'email', 'opened'],
    ['email_click', 'email', 'clicked'],
    ['email_clicked', 'email', 'clicked'],
    ['email_bounce', 'email', 'bounced'],
    ['email_bounced', 'email', 'bounced'],
    ['email_unsubscribe', 'email', 'unsubscribed'],
    ['email_unsubscribed', 'email', 'unsubscribed'],
    ['email_complaint', 'email', 'complained'],
    ['email_complained', 'email', 'complained'],
    ['email_spam', 'email', 'complained'],
    ['Page_View', 'track', 'Page_View'],
    ['toString', 'track', 'toString'],
    ['😀'.repeat(128), 'track', '😀'.repeat(128)],
  ] as const)('%s is a %s event', (type, kind, ours) => {
    expect(typed(type)).toMatchObject({ message: { event: { kind, type: ours } } });
    expect(isEventType(kind, ours)).toBe(true);
  });

  it.each([
    ['', 'event_type is required'],
    ['  ', 'event_type is required'],
    ['x'.repeat(129), 'event_type must be a string of 1 to 128 characters'],
  ])('must be a name: %j', (type, reason) => {
    expect(typed(type)).toEqual(rejected('event_type', reason));
  });
});

describe('when a row says that it happened', () => {
  const timed = (timestamp: string) => aRow({ email: 'jane@acme.com', event_type: 'page_view', timestamp });

  it.each([
    ['2025-06-15T10:30:00Z', '2025-06-15T10:30:00Z'],
    ['2025-06-15t10:30:00.123456z', '2025-06-15T10:30:00.123Z'],
    ['2025-06-15 10:30:00Z', '2025-06-15T10:30:00Z'],
    ['2025-06-15T12:30:00+02:00', '2025-06-15T10:30:00Z'],
    ['', '2026-03-15T12:00:00Z'],
    [' ', '2026-03-15T12:00:00Z'],
    ['2026-03-15T12:05:00Z', '2026-03-15T12:05:00Z'],
    ['2016-03-15T12:00:00Z', '2016-03-15T12:00:00Z'],
  ])('%j is %s', (timestamp, instant) => {
    expect(timed(timestamp)).toMatchObject({ message: { at: Date.parse(instant) } });
  });

  it('is the time of the upload if there is no such column', () => {
    expect(aRow({ email: 'jane@acme.com', event_type: 'x' })).toMatchObject({ message: { at: NOW } });
  });

  it.each([
    ['2025-06-15', 'timestamp is not a valid RFC 3339 timestamp'],
    ['2025-06-15T10:30:00', 'timestamp is not a valid RFC 3339 timestamp'],
    ['2025-02-30T10:30:00Z', 'timestamp is not a valid RFC 3339 timestamp'],
    ['1750000000', 'timestamp is not a valid RFC 3339 timestamp'],
    ['15/06/2025 10:30', 'timestamp is not a valid RFC 3339 timestamp'],
    ['2026-03-15T12:05:00.001Z', 'timestamp is in the future'],
    ['2016-03-15T11:59:59.999Z', 'timestamp is more than 10 years in the past'],
  ])('cannot be %s', (timestamp, reason) => {
    expect(timed(timestamp)).toEqual(rejected('timestamp', reason));
  });
});

describe('the metadata of a row', () => {
  const metadataOf = (fields: Readonly<Record<string, string>>) => {
    const translation = aRow({ email: 'jane@acme.com', event_type: 'x', ...fields });
    return translation.kind === 'message' ? translation.message.event : undefined;
  };

  it('are the columns that LeadVibe does not have, unless they are empty, and its source', () => {
    expect(metadataOf({ plan: ' pro ', city: '', Email: 'x', amount: '1.0' })).toMatchObject({
      metadata: '{"plan":" pro ","Email":"x","amount":"1.0","source":"import"}',
      canonicalMetadata: '{"Email":"x","amount":"1.0","plan":" pro ","source":"import"}',
    });
  });

  it('always have the source import', () => {
    expect(metadataOf({ source: 'csv' })).toMatchObject({ metadata: SOURCE, canonicalMetadata: SOURCE });
  });

  it('may have any name', () => {
    const translation = translated('email,event_type,__proto__,9,10\njane@acme.com,x,a,b,c');

    expect(translation).toMatchObject([
      {
        message: {
          event: {
            metadata: '{"9":"b","10":"c","__proto__":"a","source":"import"}',
            canonicalMetadata: '{"10":"c","9":"b","__proto__":"a","source":"import"}',
          },
        },
      },
    ]);
  });
});

describe('a header', () => {
  it.each([
    [
      ['email', 'timestamp'],
      'The first line must name the columns, separated by commas; event_type is missing',
    ],
    [
      ['email;event_type'],
      'The first line must name the columns, separated by commas; event_type is missing',
    ],
    [
      ['event_type', 'Email'],
      'The first line must name a column lead_id, external_id, email, phone, cookie or social',
    ],
  ])('is refused without a column that is required: %j', (header, reason) => {
    expect(readHeader(header, NOW)).toEqual({ kind: 'refused', reason });
  });
});
