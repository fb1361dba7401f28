import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createContactsEndpoint } from '#functions/ingest/contacts/handler.ts';
import { createEventsEndpoint } from '#functions/ingest/events/handler.ts';
import { CONTACTS, eventImport } from '#shared/contract/import-shapes.ts';
import { createContactImporter } from '#shared/imports/contact-import.ts';
import { createEventImporter } from '#shared/imports/event-import.ts';
import type { ImportBatch } from '#shared/imports/import-run.ts';
import { aBatch, aContactEntry, anEmailEntry, fixedClock as now, SARAH_ID } from '#test/support/builders.ts';
import { answerOf, aWorld } from '#test/support/import-world.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** Endpoints that record whether the parsed entries are still in memory while a batch is stored. */
const aStage = () => {
  const { deps } = aWorld({ known: [SARAH_ID] });
  let entries: WeakRef<object> | undefined;
  const seen: ('in memory' | 'freed')[] = [];
  const { put } = deps.events;
  const { link } = deps;
  const look = async (): Promise<void> => {
    // The targets of weak references that were created or read in a turn of the event loop are kept until its end.
    await setImmediate();
    collectGarbage();
    seen.push(entries?.deref() === undefined ? 'freed' : 'in memory');
  };
  const importEvents = createEventImporter({
    ...deps,
    events: { put: async (...args) => look().then(() => put(...args)) },
  });
  const importContacts = createContactImporter({
    ...deps,
    link: async (...args) => look().then(() => link(...args)),
  });
  /** Passes a batch on, and refers to its entries only weakly. */
  const watched =
    <B extends ImportBatch, O>(importBatch: (batch: B) => O) =>
    (batch: B): O => {
      entries = new WeakRef(batch.entries);
      return importBatch(batch);
    };
  return {
    seen,
    events: createEventsEndpoint({ importEvents: watched(importEvents), now }, eventImport('email')),
    contacts: createContactsEndpoint({ importContacts: watched(importContacts), now }, CONTACTS),
  };
};

it.each([
  ['events', anEmailEntry()],
  ['contacts', aContactEntry()],
] as const)('the parsed body is freed before its %s are stored', async (what, entry) => {
  const stage = aStage();

  const response = await stage[what](aBatch(what, [entry, entry]));

  expect(answerOf(response).imported).toBe(2);
  expect(stage.seen).toEqual(['freed']);
});
