import fc from 'fast-check';
import { batchOf } from '#functions/ingest/batch-request.ts';
import { contactParser } from '#shared/contacts/contact-schemas.ts';
import { CONTACTS, EVENT_IMPORTS } from '#shared/contract/import-shapes.ts';
import { entryParser } from '#shared/events/event-schemas.ts';
import { EVENT_KINDS } from '#shared/events/kinds.ts';
import { bodySchemaOf, expectAgreement, type Service, violationsBy } from '#test/support/agreement.ts';
import { aRequest, fixedClock, NOW } from '#test/support/builders.ts';
import { nearby } from '#test/support/nearby.ts';

const BATCHES = [
  ...EVENT_IMPORTS.map((shape) => ({
    operationId: EVENT_KINDS[shape.kind].batch.operationId as string,
    shape,
    entries: EVENT_KINDS[shape.kind].batch.examples as readonly object[],
  })),
  { operationId: 'importContacts', shape: CONTACTS, entries: [{ email: 'sarah@example.com' }] },
];

describe.each(BATCHES)(
  'the schema of the body of $operationId and the service agree',
  ({ operationId, shape, entries }) => {
    const serviceOfBatch: Service = (value) => {
      try {
        batchOf(aRequest({ body: JSON.stringify(value) }), shape, fixedClock);
        return undefined;
      } catch (error) {
        return (error as Error).message;
      }
    };

    it('about the envelope: its entries may be anything, since a bad one is refused alone', () => {
      expectAgreement({
        schema: bodySchemaOf(operationId),
        service: serviceOfBatch,
        beyond: [],
        texts: nearby(fc.constant({ [shape.field]: entries }), [shape.field], ['text']),
      });
    });

    it(`that ${shape.limit} entries are the maximum`, () => {
      const violationsOf = violationsBy(bodySchemaOf(operationId));
      const body = (count: number) => ({ [shape.field]: Array(count).fill(1) });

      expect([violationsOf(body(shape.limit)), serviceOfBatch(body(shape.limit))]).toEqual([[], undefined]);
      expect(violationsOf(body(shape.limit + 1))).not.toEqual([]);
    });
  },
);

/** The schema of a valid entry: the first of those that an operation's entries may have. */
const entrySchemaOf = (operationId: string, field: string): unknown => {
  const schema = bodySchemaOf(operationId) as {
    properties: Record<string, { items: { anyOf: readonly unknown[] } }>;
  };
  return schema.properties[field]?.items.anyOf[0];
};

const TIMES = [
  '2025-11-15T10:30:00Z',
  '2025-11-15T10:30+0100',
  '2025-11-15T10:30:00,5-05',
  '2025-11-15',
  '2025-11-15T10:30:00',
];
const STRANGE_TIMES = [
  '2025-02-30T10:30:00Z',
  '2025-11-15T24:00:00Z',
  '2999-01-01T00:00:00Z',
  '1999-01-01T00:00:00Z',
];
const EMAILS = [
  '  SARAH@Example.com\t',
  'sarah',
  'sarah@example',
  'sa rah@example.com',
  'sarah@-.com',
  'łódź@example.com',
];
const LENGTHS = [64, 65, 128, 129, 256, 257].map((length) => 'x'.repeat(length));
const IDS = [' ', ' u-1 ', 'é'.repeat(129), '2133734253', '+1213', '+1 (213) 373-4253', '+49 30/123456'];
/** Rules of entries that a schema cannot state, or not in a pattern that validators of all languages know. */
const BEYOND_ENTRY = [
  /is not a valid email address$/,
  /is not a valid phone number with a country code$/,
  /must be a string of 1 to 256 bytes$/,
  /is not a valid ISO 8601 timestamp$/,
  /is in the future$/,
  /is more than 10 years in the past$/,
];

/** The same entries, each by another identity than an address. */
const byOthers = (examples: readonly object[]): fc.Arbitrary<object> =>
  fc
    .tuple(
      fc.constantFrom(...examples),
      fc.constantFrom<object>({ userId: 'u-1' }, { anonymousId: ' a 1' }, { phone: '+1 213 373 4253' }),
    )
    .map(([entry, identity]) => {
      const { contactEmail: _without, ...rest } = entry as Record<string, unknown>;
      return { ...rest, ...identity };
    });

describe.each(EVENT_IMPORTS)(
  'the schema of an entry of $endpoint and the service agree',
  ({ kind, field }) => {
    it('about its fields', () => {
      const parse = entryParser(kind, NOW);
      const { batch, typeField } = EVENT_KINDS[kind];

      expectAgreement({
        schema: entrySchemaOf(batch.operationId, field),
        service: (entry) => {
          const outcome = parse(entry);
          return outcome.kind === 'invalid' ? outcome.reason : undefined;
        },
        beyond: BEYOND_ENTRY,
        texts: nearby(
          fc.oneof(fc.constantFrom(...(batch.examples as readonly object[])), byOthers(batch.examples)),
          [
            'contactEmail',
            'userId',
            'anonymousId',
            'phone',
            typeField,
            'occurredAt',
            'metadata',
            'eventId',
            'location',
            'strength',
          ],
          [...TIMES, ...STRANGE_TIMES, ...EMAILS, ...IDS, ...LENGTHS, 'opened', 'snake_case', 'snake__case'],
        ),
      });
    });
  },
);

describe('the schema of a contact and the service agree', () => {
  it('about its fields', () => {
    const ATTRIBUTES = Object.fromEntries(Array.from({ length: 101 }, (_, nth) => [`a${nth}`, nth]));

    expectAgreement({
      schema: entrySchemaOf('importContacts', CONTACTS.field),
      service: (entry) => {
        const outcome = contactParser(NOW)(entry);
        return outcome.kind === 'invalid' ? outcome.reason : undefined;
      },
      beyond: BEYOND_ENTRY,
      texts: nearby(
        fc.constant({
          email: 'sarah@example.com',
          externalId: 'mc_1',
          attributes: { plan: 'pro', nested: { list: [1] } },
          createdAt: '2021-03-04T09:00:00Z',
          phone: '+1 213 373 4253',
          anonymousId: 'a-1',
          updatedAt: '2025-03-04T09:00:00Z',
        }),
        ['email', 'externalId', 'phone', 'anonymousId', 'attributes', 'createdAt', 'updatedAt', ...LENGTHS],
        [...TIMES, ...STRANGE_TIMES, ...EMAILS, ...LENGTHS, ...IDS, ATTRIBUTES],
      ),
    });
  });
});
