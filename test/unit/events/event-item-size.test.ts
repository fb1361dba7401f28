import fc from 'fast-check';
import { itemBytes } from '#shared/aws/dynamodb.ts';
import { toEventItem } from '#shared/events/event-item.ts';
import { entryParser } from '#shared/events/event-schemas.ts';
import { typesOf } from '#shared/events/event-type.ts';
import { IMPORTED_KINDS } from '#shared/events/kinds.ts';
import { contactIdOf } from '#shared/identities/contact-id.ts';
import { parseLossless } from '#shared/json/lossless-json.ts';
import { NOW, ORG, SARAH_ID } from '#test/support/builders.ts';

const YEAR_MS = 365 * 86_400_000;
const occurredAt = fc.integer({ min: NOW - 10 * YEAR_MS, max: NOW });
const word = fc.stringMatching(/^[a-z][a-z0-9]{0,10}(_[a-z0-9]{1,10}){0,3}$/);
const location = fc.string({ minLength: 1, maxLength: 256 });
const name = fc.string({ minLength: 1, maxLength: 128, unit: 'binary' });

describe('the size of an item', () => {
  const at = occurredAt.map((ms) => new Date(ms).toISOString());
  const email = fc.oneof(fc.constant('a@b.c'), fc.emailAddress());
  const sent = {
    occurredAt: fc.oneof(
      at,
      at.map((iso) => `${iso.slice(0, 16)}Z`),
    ),
    contactEmail: email,
    metadata: fc.oneof(
      fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue(), { maxKeys: 3 }),
      fc.record({ x: fc.integer({ min: 0, max: 4_000 }).map((length) => 'x'.repeat(length)) }),
    ),
    eventId: fc.string({ minLength: 1, maxLength: 128 }),
  };
  const options = {
    requiredKeys: ['occurredAt', 'contactEmail', 'type'] as ('occurredAt' | 'contactEmail' | 'type')[],
  };
  const emailEntry = fc.record({ ...sent, type: fc.constantFrom(...(typesOf('email') ?? [])) }, options);
  const webEntry = fc.record({ ...sent, type: fc.constantFrom(...(typesOf('web') ?? [])) }, options);
  const interest = fc.record({
    ...sent,
    location,
    signalType: word,
    strength: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  const observation = fc.record({ ...sent, location, source: word });
  const named = fc.record({ ...sent, name });

  it.each([
    ['email', emailEntry],
    ['web', webEntry],
    ['location-interests', interest],
    ['location-history', observation],
    ['track', named],
  ] as const)(
    'of a %s event is at most that of its JSON, or 1 KB if the JSON is smaller',
    (kind, entry: fc.Arbitrary<object>) => {
      const parse = entryParser(kind, NOW + YEAR_MS / 10);
      fc.assert(
        fc.property(entry, (each) => {
          const json = JSON.stringify(each);
          const outcome = parse(parseLossless(json));
          fc.pre(outcome.kind === 'valid');
          const item = toEventItem(ORG, contactIdOf(ORG, outcome.contactEmail), outcome.event);

          expect(itemBytes(item)).toBeLessThanOrEqual(Math.max(1_024, Buffer.byteLength(json)));
        }),
        { numRuns: 300 },
      );
    },
  );

  it.each(IMPORTED_KINDS)('of the worst-case %s event of 1,024 bytes fits one write unit', (kind) => {
    const place = { location: 'A', signalType: 'a', source: 'a', strength: 1 };
    const fields = {
      email: { type: 'sent' },
      web: { type: 'click' },
      'location-interests': place,
      'location-history': place,
      track: { name: 'a' },
    }[kind];
    const entry = { contactEmail: 'a@b.c', ...fields, occurredAt: '2025-11-15T10:30Z', metadata: { x: '' } };
    entry.metadata.x = 'x'.repeat(1_024 - JSON.stringify(entry).length);

    const outcome = entryParser(kind, NOW)(entry);

    expect(JSON.stringify(entry)).toHaveLength(1_024);
    expect(
      outcome.kind === 'valid' && itemBytes(toEventItem(ORG, SARAH_ID, outcome.event)),
    ).toBeLessThanOrEqual(1_024);
  });
});
