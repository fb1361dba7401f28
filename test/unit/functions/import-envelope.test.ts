import { createContactsEndpoint } from '#functions/ingest/contacts/handler.ts';
import { createEventsEndpoint } from '#functions/ingest/events/handler.ts';
import { CONTACTS, eventImport } from '#shared/contract/import-shapes.ts';
import { MAX_BODY_BYTES } from '#shared/http/json-body.ts';
import { createContactImporter } from '#shared/imports/contact-import.ts';
import { createEventImporter } from '#shared/imports/event-import.ts';
import {
  aBatch,
  aContactEntry,
  aLocationInterest,
  aLocationObservation,
  anEmailEntry,
  aRequest,
  aWebEntry,
  SARAH_ID,
} from '#test/support/builders.ts';
import { answerOf, aWorld, errorOf } from '#test/support/import-world.ts';

type Overrides = Parameters<typeof anEmailEntry>[0];

const ENDPOINTS = [
  [eventImport('email'), 'events', 10_000, anEmailEntry],
  [eventImport('web'), 'events', 10_000, aWebEntry],
  [eventImport('location-interests'), 'signals', 5_000, aLocationInterest],
  [eventImport('location-history'), 'observations', 5_000, aLocationObservation],
  [CONTACTS, 'contacts', 10_000, aContactEntry],
] as const;

const aStage = (shape: (typeof ENDPOINTS)[number][0]) => {
  const world = aWorld({ known: [SARAH_ID] });
  const { deps } = world;
  const run =
    'kind' in shape
      ? createEventsEndpoint({ importEvents: createEventImporter(deps), now: deps.now }, shape)
      : createContactsEndpoint({ importContacts: createContactImporter(deps), now: deps.now }, shape);
  return { ...world, run };
};

describe.each(ENDPOINTS.map(([shape, ...rest]) => [shape.endpoint, shape, ...rest] as const))(
  'the envelope of %s',
  (_endpoint, shape, field, limit, anEntry: (overrides?: Overrides) => object) => {
    const entriesOf = (count: number) =>
      Array.from({ length: count }, (_, nth) => anEntry({ eventId: `e-${nth}` }));

    it(`accepts ${limit} entries in "${field}"`, async () => {
      const { run } = aStage(shape);

      const answer = answerOf(await run(aBatch(field, entriesOf(limit))));

      expect(answer).toMatchObject({ imported: limit, skipped: 0, errors: [] });
    });

    it('rejects a batch of one more with 413, and stores nothing', async () => {
      const { run, journal } = aStage(shape);

      const error = await errorOf(run(aBatch(field, entriesOf(limit + 1))));

      expect(error).toMatchObject({ statusCode: 413, code: 'batch_too_large' });
      expect(error.message).toBe(
        `"${field}" has ${limit + 1} entries, at most ${limit} are allowed; nothing was imported`,
      );
      expect(journal).toEqual([]);
    });

    it('rejects a body over 6 MB with 413', async () => {
      const { run, journal } = aStage(shape);

      const error = await errorOf(run(aBatch(field, [{ x: 'x'.repeat(MAX_BODY_BYTES) }])));

      expect(error).toMatchObject({ statusCode: 413, code: 'body_too_large' });
      expect(journal).toEqual([]);
    });

    it.each([
      ['{}', `The body must have an array "${field}"`],
      ['{"entries":[]}', `The body must have an array "${field}"`],
      [`{"__proto__":{"${field}":[]}}`, `The body must have an array "${field}"`],
      [`{"${field}":null}`, `"${field}" must be an array`],
      [`{"${field}":{}}`, `"${field}" must be an array`],
      [`{"${field}":{"0":{},"length":1}}`, `"${field}" must be an array`],
      [`{"${field}":1.0}`, `"${field}" must be an array`],
      ['[]', 'The body must be a JSON object'],
    ])('rejects %s with 400, with the cause', async (body, message) => {
      const { run, journal, reports } = aStage(shape);

      const error = await errorOf(run(aRequest({ body })));

      expect(error).toMatchObject({ statusCode: 400, code: 'bad_request', message });
      // Nothing is stored, and no import is reported.
      expect([...journal, ...reports]).toEqual([]);
    });

    it('rejects a content type other than JSON with 415', async () => {
      const { run } = aStage(shape);

      const error = await errorOf(run(aBatch(field, [], { contentType: 'text/csv' })));

      expect(error).toMatchObject({ statusCode: 415 });
    });
  },
);
