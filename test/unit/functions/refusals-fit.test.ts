import { createContactsEndpoint } from '#functions/ingest/contacts/handler.ts';
import { createEventsEndpoint } from '#functions/ingest/events/handler.ts';
import { CONTACTS, eventImport } from '#shared/contract/import-shapes.ts';
import { IDENTITY_FIELDS } from '#shared/events/entry-identity.ts';
import { entryParser } from '#shared/events/event-schemas.ts';
import type { ApiOperation } from '#shared/http/api.ts';
import { MAX_BODY_BYTES } from '#shared/http/json-body.ts';
import { createContactImporter } from '#shared/imports/contact-import.ts';
import { createEventImporter } from '#shared/imports/event-import.ts';
import { MAX_ECHO } from '#shared/json/text.ts';
import { aBatch, anEmailEntry, aRequest, NOW, fixedClock as now, SARAH_ID } from '#test/support/builders.ts';
import { answerOf, aWorld } from '#test/support/import-world.ts';
import { MAX_RESULT_BYTES, resultBytes } from '#test/support/lambda-result.ts';

/** Characters that take one to seven bytes in a response. */
const CHARACTERS = ['x', '"', '\\', '\u0001', '\ud800', 'é', '東', '😀'];

/** The number of entries that a request may have. */
const LIMIT = 10_000;

const onlyEvents = (): ApiOperation =>
  createEventsEndpoint({ importEvents: createEventImporter(aWorld().deps), now }, eventImport('email'));
const onlyContacts = (): ApiOperation =>
  createContactsEndpoint({ importContacts: createContactImporter(aWorld().deps), now }, CONTACTS);

/** As many copies of an entry as a request may have. */
const batchOf = (field: string, entry: object) => {
  const bytes = Buffer.byteLength(JSON.stringify(entry)) + 1;
  const count = Math.min(LIMIT, Math.floor((MAX_BODY_BYTES - 100) / bytes));
  return { count, request: aBatch(field, Array(count).fill(entry)) };
};

describe('the answer to a batch of refused entries', () => {
  describe.each(CHARACTERS)('with identifiers of %j', (character) => {
    it.each(IDENTITY_FIELDS)('fits, whatever fits into a request, by %s', async (field) => {
      const address = character.repeat(250);
      const events = batchOf(
        'events',
        anEmailEntry({ contactEmail: undefined, [field]: address, type: address }),
      );
      const contacts = batchOf('contacts', { email: address });

      const ofEvents = await onlyEvents()(events.request);
      const ofContacts = await onlyContacts()(contacts.request);

      expect(answerOf(ofEvents)).toMatchObject({ imported: 0, skipped: events.count });
      expect(answerOf(ofContacts)).toMatchObject({ imported: 0, skipped: contacts.count });
      expect(resultBytes(ofEvents)).toBeLessThan(MAX_RESULT_BYTES);
      expect(resultBytes(ofContacts)).toBeLessThan(MAX_RESULT_BYTES);
    });

    it('repeats at most the first 254 characters, and splits none', async () => {
      const address = `${character.repeat(MAX_ECHO - 1)}😀${character.repeat(10_000)}`;

      const { errors } = answerOf(await onlyEvents()(aBatch('events', [{ contactEmail: address }])));

      const [{ contactEmail = '' }] = errors as unknown as [{ contactEmail: string }];
      expect(contactEmail.length).toBeLessThanOrEqual(MAX_ECHO);
      expect(contactEmail.length).toBeGreaterThanOrEqual(MAX_ECHO - 1);
      expect(address.startsWith(contactEmail)).toBe(true);
      expect(contactEmail.at(-1)).not.toBe('\ud83d');
    });
  });

  it('repeats valid addresses of any length as they were sent', async () => {
    const label = 'd'.repeat(61);
    const address = `${'l'.repeat(64)}@${label}.${label}.${label}.com`;
    const { count, request } = batchOf('events', anEmailEntry({ contactEmail: address }));

    const { errors } = answerOf(await onlyEvents()(request));

    expect(address).toHaveLength(MAX_ECHO);
    expect(count).toBe(LIMIT);
    expect(errors).toEqual(
      Array.from({ length: LIMIT }, (_, index) => ({
        index,
        contactEmail: address,
        reason: 'Contact not found',
      })),
    );
  });

  // More than a request of 6 MB can cause: the bound does not depend on the size of requests.
  it.each(IDENTITY_FIELDS.flatMap((field) => CHARACTERS.map((character) => [field, character] as const)))(
    'fits even if every %s and type is as long as possible: %j',
    async (field, character) => {
      const identifier = character.repeat(MAX_ECHO).slice(0, MAX_ECHO);
      const refused = entryParser('email', NOW)(anEmailEntry({ type: character.repeat(1_000) }));
      const reason = refused.kind === 'invalid' ? refused.reason : '';
      const errors = Array.from({ length: LIMIT }, (_, index) => ({ index, field, identifier, reason }));
      const importEvents = async () =>
        ({ kind: 'completed', importId: 'imp_1', imported: 0, left: 0, errors }) as const;
      const run = createEventsEndpoint({ importEvents, now }, eventImport('email'));

      const answer = await run(aBatch('events', []));

      expect(reason).toMatch(/^Invalid event type: '.{32,}…'$/su);
      expect(resultBytes(answer)).toBeLessThan(MAX_RESULT_BYTES);
      const listed = answerOf(answer).errors as unknown as Record<string, string>[];
      expect(listed.every((error) => error['reason'] === reason)).toBe(true);
      expect(listed.every((error) => identifier.startsWith(error[field] ?? 'nothing'))).toBe(true);
    },
  );

  it('fits beside as many stored contacts as the batch has room for', async () => {
    const identifier = '\u0001'.repeat(MAX_ECHO);
    const at = (count: number) => Array.from({ length: count }, (_, nth) => LIMIT - 1 - nth);
    const importContacts = async (refused: number) =>
      ({
        kind: 'completed',
        importId: 'imp_1',
        imported: LIMIT - refused,
        left: 0,
        errors: at(refused).map((index) => ({ index, identifier, reason: 'Contact is too large to store' })),
        contacts: at(LIMIT - refused).map((index) => ({ index, contactId: SARAH_ID, created: false })),
      }) as const;

    for (const refused of [0, 1, 2_000, 5_000, LIMIT]) {
      const run = createContactsEndpoint({ importContacts: () => importContacts(refused), now }, CONTACTS);

      const answer = await run(aRequest({ body: '{"contacts":[]}' }));

      expect(answerOf(answer).errors).toHaveLength(refused);
      expect(resultBytes(answer)).toBeLessThan(MAX_RESULT_BYTES);
    }
  });
});
