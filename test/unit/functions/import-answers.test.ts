import { createContactsEndpoint } from '#functions/ingest/contacts/handler.ts';
import { createEventsEndpoint } from '#functions/ingest/events/handler.ts';
import { CONTACTS, eventImport } from '#shared/contract/import-shapes.ts';
import { createContactImporter } from '#shared/imports/contact-import.ts';
import { createEventImporter, type EventBatch } from '#shared/imports/event-import.ts';
import type { ImportOutcome } from '#shared/imports/outcome.ts';
import {
  aBatch,
  aContactEntry,
  aLocationInterest,
  anEmailEntry,
  aRequest,
  NOW,
  fixedClock as now,
  ORG,
  SARAH_ID,
} from '#test/support/builders.ts';
import { aWorld, errorOf, type Step } from '#test/support/import-world.ts';

const ERRORS = [
  { index: 1, identifier: ' Nobody@Example.com ', reason: 'Contact not found' },
  { index: 3, identifier: null, reason: 'Event must be an object' },
];

const CREATED = [{ index: 0, contactId: SARAH_ID, created: true }];

const stored = (imported: number, left: number) => ({ importId: 'imp_1', imported, left, errors: ERRORS });

/** Both kinds of endpoints, with an import that has a given outcome. */
const ENDPOINTS = [
  [
    'events',
    'contactEmail',
    (outcome: ImportOutcome) =>
      createEventsEndpoint({ importEvents: async () => outcome, now }, eventImport('email')),
  ],
  [
    'contacts',
    'email',
    (outcome: ImportOutcome) => {
      const importContacts = async () => ({ ...outcome, contacts: CREATED });
      return createContactsEndpoint({ importContacts, now }, CONTACTS);
    },
  ],
] as const;

describe.each(ENDPOINTS)('the answer of an endpoint for %s', (what, field, endpointOf) => {
  const SAFE = 'Sending the same batch again is safe.';

  it(`is 200 if the import is completed, with each error’s ${field} as it was sent`, async () => {
    const run = endpointOf({ kind: 'completed', ...stored(2, 0) });

    const response = await run(aBatch(what, []));

    expect(response).toEqual({
      statusCode: 200,
      headers: { 'x-import-id': 'imp_1' },
      body: {
        imported: 2,
        skipped: 2,
        errors: ERRORS.map(({ identifier, ...error }) => ({ ...error, [field]: identifier })),
        ...(what === 'contacts' && { contacts: CREATED }),
      },
    });
  });

  it.each([
    [
      'incomplete',
      { kind: 'incomplete', ...stored(2, 1) },
      { code: 'not_all_stored', message: `1 of 3 ${what} could not be stored in time. ${SAFE}` },
      { 'x-import-id': 'imp_1' },
    ],
    [
      'without a receipt, so that it has no id',
      { kind: 'nothing-stored', left: 4 },
      { code: 'not_all_stored', message: `4 of 4 ${what} could not be stored in time. ${SAFE}` },
      {},
    ],
    [
      'of a receipt that is not closed',
      { kind: 'not-closed', ...stored(3, 0) },
      { code: 'unavailable', message: `The receipt could not be completed in time. ${SAFE}` },
      { 'x-import-id': 'imp_1' },
    ],
  ] as const)('is 503 if the import is %s', async (_, outcome, error, headers) => {
    const run = endpointOf(outcome);

    const thrown = await errorOf(run(aBatch(what, [])));

    expect(thrown).toMatchObject({ statusCode: 503, ...error });
    expect(thrown.headers).toEqual(headers);
  });

  it('is not given by the endpoint if the import throws: the error is passed on', async () => {
    const broken = async (): Promise<never> => {
      throw new Error('ResourceNotFoundException');
    };
    const run =
      what === 'events'
        ? createEventsEndpoint({ importEvents: broken, now }, eventImport('email'))
        : createContactsEndpoint({ importContacts: broken, now }, CONTACTS);

    await expect(run(aBatch(what, []))).rejects.toThrow('ResourceNotFoundException');
  });
});

describe('the batch of a request', () => {
  it('has the organisation of the key, the endpoint and its kind, and the entries of its array', async () => {
    const batches: EventBatch[] = [];
    const importEvents = async (batch: EventBatch): Promise<ImportOutcome> => {
      batches.push(batch);
      return { kind: 'completed', importId: 'imp_1', imported: 1, left: 0, errors: [] };
    };
    const entry = aLocationInterest({ orgId: 'o_other' });
    const run = createEventsEndpoint({ importEvents, now }, eventImport('location-interests'));

    await run(aBatch('signals', [entry]));

    expect(batches).toMatchObject([
      {
        orgId: ORG,
        source: 'contacts/location-interests',
        kind: 'location-interests',
        entries: [{ contactEmail: entry.contactEmail, location: entry.location }],
        receivedAt: NOW,
      },
    ]);
  });

  // JSON with thousands of levels can overflow the stack, which would fail the whole batch.
  it.each([
    ['metadata', '{"a":', '}'],
    ['metadata', '{"price":1.0,"a":', '}'],
    ['type', '', ''],
    ['type', '[1.0,', ']'],
  ])('fails only for the entry whose %s is nested ten thousand levels deep', async (field, before, after) => {
    const { deps } = aWorld({ known: [SARAH_ID] });
    const run = createEventsEndpoint({ importEvents: createEventImporter(deps), now }, eventImport('email'));
    const deep = `${before}${'['.repeat(10_000)}${']'.repeat(10_000)}${after}`;
    const entry = JSON.stringify(anEmailEntry({ [field]: 'DEEP' })).replace('"DEEP"', deep);

    const response = await run(aRequest({ body: `{"events":[${JSON.stringify(anEmailEntry())},${entry}]}` }));

    expect(response).toMatchObject({
      statusCode: 200,
      body: { imported: 1, skipped: 1, errors: [{ index: 1 }] },
    });
  });
});

describe('the answer to entries that name their contacts by other fields', () => {
  it('has the field, as it was sent, and no address', async () => {
    const errors = [
      { index: 0, field: 'userId', identifier: ' u-1', reason: 'Contact not found' },
      { index: 1, field: 'phone', identifier: null, reason: 'phone is required' },
      { index: 2, field: 'contactEmail', identifier: 'x', reason: 'Contact not found' },
    ];
    const importEvents = async () =>
      ({ kind: 'completed', importId: 'imp_1', imported: 0, left: 0, errors }) as const;
    const run = createEventsEndpoint({ importEvents, now }, eventImport('email'));

    const { body } = await run(aBatch('events', []));

    expect(body).toMatchObject({
      errors: [
        { index: 0, contactEmail: null, userId: ' u-1', reason: 'Contact not found' },
        { index: 1, contactEmail: null, phone: null, reason: 'phone is required' },
        { index: 2, contactEmail: 'x', reason: 'Contact not found' },
      ],
    });
  });
});

describe.each([
  ['events', ['find', 'open', 'put', 'close']],
  ['contacts', ['open', 'link', 'close']],
] as const)('the time of a request that imports %s', (what, steps) => {
  /** API Gateway’s time-out. Source: API Gateway quotas, "Integration timeout". */
  const GATEWAY_MS = 29_000;

  const aStage = (takes: Partial<Record<Step, number>> = {}) => {
    const { deps, deadlines } = aWorld({ known: [SARAH_ID], takes });
    const run =
      what === 'events'
        ? createEventsEndpoint(
            { importEvents: createEventImporter(deps), now: deps.now },
            eventImport('email'),
          )
        : createContactsEndpoint({ importContacts: createContactImporter(deps), now: deps.now }, CONTACTS);
    const entry = what === 'events' ? anEmailEntry() : aContactEntry();
    /** The deadline of each step, in ms after the arrival of the request. */
    const latest = async (): Promise<[string, number][]> => {
      await run(aBatch(what, [entry]));
      return Object.entries(deadlines).map(([step, deadline]) => [step, deadline - NOW]);
    };
    return { latest };
  };

  it('has one deadline for everything before closing the receipt', async () => {
    const { latest } = aStage();

    const ends = await latest();

    const ofWork = new Set(ends.filter(([step]) => step !== 'close').map(([, ms]) => ms));
    expect(ends.map(([step]) => step)).toEqual(steps);
    expect(ofWork.size).toBe(1);
    expect(Math.max(...ofWork)).toBeGreaterThan(0);
  });

  it('ends before API Gateway’s time-out, even if storing uses all of its time', async () => {
    const [, work = Number.NaN] = (await aStage().latest()).find(([step]) => step === steps.at(-2)) ?? [];
    const { latest } = aStage({ [steps.at(-2) as Step]: work });

    const ends = Object.fromEntries(await latest());

    expect(ends['close']).toBeGreaterThan(work);
    expect(ends['close']).toBeLessThan(GATEWAY_MS);
  });
});
