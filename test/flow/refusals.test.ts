import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { OUTPUT } from '#shared/deployment/names.ts';
import type { Answer, TestOrg } from '#test/support/api.ts';
import { anEmailEntry } from '#test/support/builders.ts';
import type { FaultPlan, ServiceCall } from '#test/support/fault-proxy.ts';
import { type FaultyImports, startFaultyImports } from '#test/support/faulty-imports.ts';
import { instant, newOrgWith } from '#test/support/imports.ts';
import { eventRows, identityRow, receiptRows, stackDynamo, tableName } from '#test/support/tables.ts';
import { until } from '#test/support/until.ts';

const EMAILS = Array.from({ length: 120 }, (_, at) => `contact-${at}@example.com`);
const FROM = Date.parse('2025-01-01T00:00:00Z');
const EVENTS = EMAILS.map((contactEmail, at) =>
  anEmailEntry({ contactEmail, occurredAt: instant(at, FROM) }),
);
const CONTACTS = EMAILS.map((email) => ({ email }));

/** Matches the calls of an operation on a table. */
const isCall = (operation: string, output: keyof typeof OUTPUT) => (call: ServiceCall) =>
  call.operation === operation && call.body.includes(tableName(OUTPUT[output]));

/** Passes some of the matching calls, and fails all later ones. */
const failAfter = (
  passes: number,
  is: (call: ServiceCall) => boolean,
  fault: ReturnType<FaultPlan>,
): FaultPlan => {
  let left = passes;
  return (call) => (is(call) && left-- <= 0 ? fault : undefined);
};

const storedEvents = async (org: TestOrg): Promise<number> =>
  (await Promise.all(EMAILS.map((email) => eventRows(org, email)))).flat().length;

const storedContacts = async (org: TestOrg): Promise<number> =>
  (await Promise.all(EMAILS.map((email) => identityRow(org, email)))).filter(Boolean).length;

/** A request that fails because of DynamoDB, and the same request after DynamoDB has recovered. */
interface Story {
  readonly org: TestOrg;
  readonly refused: Answer;
  /** The number of stored entries after the failed request. */
  readonly stored: number;
  readonly again: Answer;
  readonly storedAgain: number;
}

let faulty: FaultyImports;

const tellStory = async (
  importing: 'importEvents' | 'importContacts',
  plan: () => FaultPlan,
): Promise<Story> => {
  const [entries, count] = importing === 'importEvents' ? [EVENTS, storedEvents] : [CONTACTS, storedContacts];
  const org = await newOrgWith(...(importing === 'importEvents' ? EMAILS : []));
  faulty.proxy.plan(org.orgId, plan());
  const refused = await faulty[importing](org, entries);
  const stored = await count(org);
  faulty.proxy.plan(org.orgId, () => undefined);
  const again = await faulty[importing](org, entries);
  return { org, refused, stored, again, storedAgain: await count(org) };
};

const STORIES = {
  'part of the events': () =>
    tellStory('importEvents', () => failAfter(2, isCall('BatchWriteItem', 'eventsTable'), 'throttle')),
  'any event': () =>
    tellStory('importEvents', () => failAfter(0, isCall('BatchWriteItem', 'eventsTable'), 'server-error')),
  'the answers of all writes': () =>
    tellStory('importEvents', () => failAfter(0, isCall('BatchWriteItem', 'eventsTable'), 'reset-after')),
  'the look-up of contacts': () =>
    tellStory('importEvents', () => failAfter(0, isCall('BatchGetItem', 'identitiesTable'), 'reset-before')),
  'the receipt': () =>
    tellStory('importEvents', () => failAfter(0, isCall('BatchWriteItem', 'importsTable'), 'throttle')),
  "the receipt's end": () =>
    tellStory('importEvents', () => failAfter(0, isCall('UpdateItem', 'importsTable'), 'server-error')),
  'part of the contacts': () =>
    tellStory('importContacts', () =>
      failAfter(2, isCall('TransactWriteItems', 'contactsTable'), 'throttle'),
    ),
  'any contact': () =>
    tellStory('importContacts', () =>
      failAfter(0, isCall('TransactWriteItems', 'contactsTable'), 'server-error'),
    ),
  'the answers of all contacts': () =>
    tellStory('importContacts', () =>
      failAfter(0, isCall('TransactWriteItems', 'contactsTable'), 'reset-after'),
    ),
  "the receipt's end of contacts": () =>
    tellStory('importContacts', () => failAfter(0, isCall('UpdateItem', 'importsTable'), 'server-error')),
} as const;

type Title = keyof typeof STORIES;

/** The stories run concurrently, since each takes the maximum time of a request, about twenty seconds. */
const stories = new Map<Title, Promise<Story>>();

beforeAll(async () => {
  faulty = await startFaultyImports(20251116);
  for (const title of Object.keys(STORIES) as Title[]) {
    const story = STORIES[title]();
    // The test awaits the story later; until then a failure must not count as unhandled.
    story.catch(() => {});
    stories.set(title, story);
  }
});
afterAll(() => faulty.stop());

const storyOf = (title: Title) => stories.get(title) as Promise<Story>;

describe.each(Object.keys(STORIES) as Title[])(
  'a request for which DynamoDB does not process %s',
  (title) => {
    it('answers 503 with Retry-After and that a retry is safe; after a retry everything is stored once', async () => {
      const { refused, again, storedAgain } = await storyOf(title);

      expect(refused.status).toBe(503);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(refused.body.error.message).toContain('Sending the same batch again is safe');
      expect(again.status).toBe(200);
      expect(again.body).toMatchObject({ imported: EMAILS.length, skipped: 0 });
      expect(storedAgain).toBe(EMAILS.length);
    }, 60_000);
  },
);

describe('a request that could not be stored completely', () => {
  it.each([
    ['part of the events', 50],
    ['any event', 0],
    // A transaction has 100 actions: 33 contacts, each with its standing and its identity.
    ['part of the contacts', 66],
    ['any contact', 0],
  ] as const)(
    'counts in its receipt exactly the stored entries: %s',
    async (title, count) => {
      const { org, refused, stored, again } = await storyOf(title);

      const receipt = await org.get(`/v1/imports/${refused.headers.get('x-import-id')}`);
      const receiptOfAgain = await org.get(`/v1/imports/${again.headers.get('x-import-id')}`);

      expect(stored).toBe(count);
      expect(refused.body.error.message).toContain(`${EMAILS.length - count} of ${EMAILS.length}`);
      expect(receipt.body).toMatchObject({ state: 'incomplete', imported: count, skipped: 0 });
      expect(receipt.body.note).toContain('Sending the same batch again is safe');
      expect(receiptOfAgain.body).toMatchObject({ state: 'completed', imported: EMAILS.length, note: null });
    },
    60_000,
  );

  it.each(['the answers of all writes', 'the answers of all contacts'] as const)(
    'does not report entries as imported if %s were lost',
    async (title) => {
      const { org, refused, stored } = await storyOf(title);

      const receipt = await org.get(`/v1/imports/${refused.headers.get('x-import-id')}`);

      expect(stored).toBe(EMAILS.length);
      expect(receipt.body).toMatchObject({ state: 'incomplete', imported: 0 });
    },
    60_000,
  );

  it.each(['the look-up of contacts', 'the receipt'] as const)(
    'stores nothing without %s, and does not return the id of a receipt that does not exist',
    async (title) => {
      const { org, refused, stored } = await storyOf(title);

      const id = refused.headers.get('x-import-id');
      const known = (await receiptRows(org)).map(({ sk }) => sk?.S);

      expect(stored).toBe(0);
      expect([null, ...known]).toContain(id);
    },
    60_000,
  );
});

describe('an import that dies before its end', () => {
  const anOldReceipt = async (org: TestOrg, id: string): Promise<void> => {
    await stackDynamo().send(
      new UpdateItemCommand({
        TableName: tableName(OUTPUT.importsTable),
        Key: { pk: { S: org.orgId }, sk: { S: id } },
        UpdateExpression: 'SET receivedAt = :then',
        ExpressionAttributeValues: { ':then': { S: instant(-61_000) } },
      }),
    );
  };

  it('leaves an open receipt if the receipt cannot be closed', async () => {
    const { org, stored } = await storyOf("the receipt's end");

    const open = (await receiptRows(org)).filter(({ state }) => state?.S === 'open');
    const id = open[0]?.['sk']?.S ?? '';
    const receipt = await org.get(`/v1/imports/${id}`);

    expect(open).toHaveLength(1);
    expect(stored).toBe(EMAILS.length);
    expect(receipt.body).toMatchObject({ state: 'open', received: EMAILS.length, contacts: EMAILS.length });
    expect(receipt.body).toMatchObject({ imported: null, skipped: null, completedAt: null });
  }, 60_000);

  it('leaves an open receipt if its process is killed, which has an explanatory note after a minute', async () => {
    const doomed = await startFaultyImports(20251117);
    const org = await newOrgWith(...EMAILS);
    doomed.proxy.plan(org.orgId, failAfter(0, isCall('UpdateItem', 'importsTable'), 'hang'));

    const request = doomed.importEvents(org, EVENTS).catch(() => 'it died');
    await until('its receipt is about to be closed', () => doomed.proxy.faultsOf(org.orgId) > 0);
    await doomed.killImportEvents();
    const end = await request;
    await doomed.stop();

    expect(end).toBe('it died');
    expect(await storedEvents(org)).toBe(EMAILS.length);
    const [{ sk } = {}] = (await receiptRows(org)).filter(({ state }) => state?.S === 'open');
    const atFirst = await org.get(`/v1/imports/${sk?.S}`);
    expect(atFirst.body).toMatchObject({ state: 'open', imported: null, completedAt: null, note: null });
    await anOldReceipt(org, sk?.S ?? '');
    const later = await org.get(`/v1/imports/${sk?.S}`);
    expect(later.body.state).toBe('open');
    expect(later.body.note).toContain('Sending the same batch again is safe');
  }, 30_000);
});
