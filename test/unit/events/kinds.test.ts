import * as v from 'valibot';
import { OPERATIONS } from '#shared/contract/operations.ts';
import { EventSkSchema, fromEventItem, toEventItem } from '#shared/events/event-item.ts';
import { type EventKind, isClosed, isNamed } from '#shared/events/event-kind.ts';
import { entryParser } from '#shared/events/event-schemas.ts';
import { isEventType, typesOf } from '#shared/events/event-type.ts';
import { EVENT_KINDS, IMPORTED_KINDS, type ImportedKind, KINDS, type Kind } from '#shared/events/kinds.ts';
import { IMPORT_ENDPOINTS } from '#shared/imports/receipt.ts';
import { compileScoring, DEFAULT_SCORING } from '#shared/scoring/scoring-settings.ts';
import { createTally } from '#shared/scoring/tally.ts';
import { EventRuleSchema } from '#shared/segments/event-rule.ts';
import { NOW, ORG, SARAH_ID } from '#test/support/builders.ts';
import { filesWith, sourceFiles } from '#test/support/source.ts';

const ENTRIES: readonly (readonly [Kind, EventKind])[] = KINDS.map((kind) => [kind, EVENT_KINDS[kind]]);

/** The events of a kind's examples. */
const eventsOf = (kind: ImportedKind) => {
  const parse = entryParser(kind, NOW);
  return EVENT_KINDS[kind].batch.examples.map((entry: object) => {
    const outcome = parse(entry);
    if (outcome.kind === 'invalid') throw new Error(`${JSON.stringify(entry)}: ${outcome.reason}`);
    return outcome.event;
  });
};

/** Files other than the list of kinds that may name a kind, and why. */
const NAMED_ELSEWHERE: Readonly<Record<string, readonly Kind[]>> = {
  // Examples of profiles, scoring and segments contain events of some kinds.
  'shared/contract/examples.ts': ['email', 'web', 'location-interests'],
  // The field of the settings that has the weights of names.
  'shared/scoring/scoring-settings.ts': ['track'],
  // The field of a contact, not the kind.
  'functions/ingest/batch-answer.ts': ['email'],
  'functions/ingest/contacts/handler.ts': ['email'],
  'shared/contacts/contact-item.ts': ['email'],
  'shared/contacts/contact-state.ts': ['email'],
  'shared/contacts/contact-schemas.ts': ['email'],
  // The name of a call.
  'shared/clients/routes.ts': ['track'],
  // What other services' events become.
  'shared/clients/leadvibe/row.ts': ['email', 'web', 'track'],
  // The events of dated changes.
  'shared/imports/contact-import.ts': ['profile'],
  // What messages of Customer.io's clients become, and the field of their messages.
  'shared/clients/customer-io/events.ts': ['web', 'track'],
  'shared/clients/customer-io/identify.ts': ['email', 'profile'],
  'shared/clients/customer-io/identifiers.ts': ['email'],
  'shared/clients/customer-io/v1-request.ts': ['email'],
  // The namespace of identities.
  'shared/clients/leadvibe/contact-ids.ts': ['email'],
  'shared/events/entry-identity.ts': ['email'],
  'shared/identities/contact-id.ts': ['email'],
  'shared/identities/identity-schemas.ts': ['email'],
  'shared/identities/identity.ts': ['email'],
  'shared/linking/draft.ts': ['email'],
  'shared/linking/message.ts': ['email'],
  'shared/linking/rules.ts': ['email'],
  // What messages of other vendors' clients become; a message may be a `track`, too.
  'shared/clients/segment/identify.ts': ['profile'],
  'shared/clients/segment/page.ts': ['web'],
  'shared/clients/segment/request.ts': ['track'],
  'shared/clients/segment/track.ts': ['email', 'track'],
  'shared/clients/segment/translate.ts': ['track'],
  // The field of their messages.
  'shared/clients/segment/names.ts': ['email'],
  // The name of a check of addresses.
  'infra/given-settings.ts': ['email'],
};

const SOURCE = sourceFiles('shared', 'functions', 'infra');

describe.each(ENTRIES)('the kind %s', (kind, { letter, types, fields }) => {
  it('is named in its entry, and elsewhere only in the listed files', () => {
    const naming = filesWith(SOURCE, (text) => text.split(/[/.]/).includes(kind));

    const allowed = Object.keys(NAMED_ELSEWHERE).filter((path) => NAMED_ELSEWHERE[path]?.includes(kind));
    expect(naming.filter((path) => path !== 'shared/events/kinds.ts')).toEqual(allowed.sort());
  });

  it('has a unique letter and one type field', () => {
    const others = ENTRIES.filter(([other]) => other !== kind).map(([, entry]) => entry);

    expect(letter).toMatch(/^[a-z0-9]$/);
    expect(others.map((other) => other.letter)).not.toContain(letter);
    expect(fields.filter((field) => field === 'type')).toEqual(['type']);
  });

  it('has the same types in rules as in entries', () => {
    const rules = (typesOf(kind) ?? ['any_word']).map((type) => ({ kind, type }));

    expect(rules.filter((rule) => !v.is(EventRuleSchema, rule))).toEqual([]);
    expect(v.is(EventRuleSchema, { kind, type: 'Not A Type' })).toBe(isNamed(types));
    expect(v.is(EventRuleSchema, { kind, type: '' })).toBe(false);
    expect(v.is(EventRuleSchema, { kind, type: 'constructor' })).toBe(!isClosed(types));
  });
});

describe.each(IMPORTED_KINDS)('the imported kind %s', (kind) => {
  const { score, batch, typeField }: EventKind & { readonly batch: object } = EVENT_KINDS[kind];

  it('has valid examples that read back from their items as events of the kind', () => {
    const events = eventsOf(kind);

    const stored = events.map((event) => toEventItem(ORG, SARAH_ID, event)).map(fromEventItem);

    expect(stored.length).toBeGreaterThan(0);
    for (const [nth, event] of stored.entries()) {
      const entry = batch.examples[nth] as Readonly<Record<string, unknown>>;
      expect(event).toMatchObject({ kind, type: entry[typeField] });
      expect(v.is(EventSkSchema, event.sk)).toBe(true);
      expect(isEventType(kind, event.type)).toBe(true);
    }
  });

  it('contributes to its score and to no other, with the default weights', () => {
    const tally = createTally(compileScoring(DEFAULT_SCORING));
    for (const event of eventsOf(kind)) tally.add(event);

    const { engagement, interests } = tally.end(NOW);

    expect(engagement.sum !== 0).toBe(score === 'engagement');
    expect(interests.length > 0).toBe(score === 'locationInterest');
  });

  it('is imported by an operation of the contract, which creates receipts', () => {
    const operation = OPERATIONS.find(({ operationId }) => operationId === batch.operationId);

    expect(IMPORTED_KINDS.filter((other) => EVENT_KINDS[other].batch.endpoint === batch.endpoint)).toEqual([
      kind,
    ]);
    expect(operation).toMatchObject({ method: 'POST', function: `ingest/events ${kind}` });
    expect(operation?.path).toContain(`/${batch.endpoint}/`);
    expect(operation?.request?.example).toEqual({ [batch.field]: batch.examples });
    expect(IMPORT_ENDPOINTS).toContain(batch.endpoint);
  });
});
