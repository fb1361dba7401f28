import { budgetOf } from '#shared/aws/retry.ts';
import { createQueueSender, createSqsClient, type QueueSender } from '#shared/aws/sqs.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import type { HistoryEvent, ImportedKind } from '#shared/events/kinds.ts';
import { contactIdOf } from '#shared/identities/contact-id.ts';
import { createJobStore } from '#shared/jobs/job-store.ts';
import type { PlanMessage } from '#shared/jobs/messages.ts';
import type { RefreshMessage } from '#shared/refresh/messages.ts';
import type { Progress } from '#shared/refresh/progress.ts';
import { refreshNamed } from '#shared/refresh/start.ts';
import { type TestOrg, testStack } from './api.ts';
import { TYPE_FIELD } from './entries.ts';
import { EVENT_IMPORTS, importEntries } from './imports.ts';
import { aQueue } from './refresh-world.ts';
import { stackDynamo, standingRow, tableName } from './tables.ts';
import { until } from './until.ts';

export const REFRESH = '/v1/contacts/backfill/refresh';

/** The maximum duration of a refresh in a test while other tests run. */
const REFRESH_MS = 30_000;

/** The time for sending a message. */
const SEND_MS = 10_000;

const idOf = ({ orgId }: Pick<TestOrg, 'orgId'>, email: string): string => contactIdOf(orgId, email);

/** Waits until a refresh is no longer running. */
export const settled = async (org: TestOrg, refreshId: string): Promise<Progress> => {
  let progress: Progress | undefined;
  await until(
    `${refreshId} is settled`,
    async () => {
      progress = (await org.get(`${REFRESH}/${refreshId}`)).body;
      return progress?.status === 'completed' || progress?.status === 'failed';
    },
    REFRESH_MS,
  );
  return progress as Progress;
};

/** Starts a refresh of the affected contacts and waits until it has ended. */
export const refreshAffected = async (org: TestOrg): Promise<Progress> => {
  const { body } = await org.post(REFRESH, { affected: true });
  return settled(org, body.refreshId);
};

/** Starts a refresh of contacts by their addresses and waits until it has ended. */
export const refreshContacts = async (org: TestOrg, emails: readonly string[]): Promise<Progress> => {
  const { body } = await org.post(REFRESH, { contactIds: emails.map((email) => idOf(org, email)) });
  return settled(org, body.refreshId);
};

// biome-ignore lint/suspicious/noExplicitAny: tests look into profiles as they come
export const profileOf = async (org: TestOrg, email: string): Promise<any> =>
  (await org.get(`/v1/contacts/${idOf(org, email)}`)).body;

/** The names of a contact's segments, sorted. */
export const segmentNames = async (org: TestOrg, email: string): Promise<string[]> => {
  const { segments } = await profileOf(org, email);
  return segments.map(({ name }: { name: string }) => name).toSorted();
};

/** The number of times that a contact has been refreshed. */
export const versionOf = async (org: TestOrg, email: string): Promise<number> =>
  Number((await standingRow(org, email))?.['version']?.N);

/** Sends a message to the bulk queue directly, bypassing the API. */
export const sendToWorkers = (message: RefreshMessage): Promise<void> =>
  createQueueSender<RefreshMessage>(
    createSqsClient(),
    testStack().outputs[OUTPUT.bulkQueueUrl] as string,
  ).sendAll([message], budgetOf(SEND_MS));

/** A generated event and the email address of its contact. */
export interface OwnedEvent extends HistoryEvent {
  readonly kind: ImportedKind;
  readonly email: string;
}

const entryOf = ({ email, kind, type, occurredAt, metadata, ...rest }: OwnedEvent) => ({
  contactEmail: email,
  [TYPE_FIELD[kind]]: type,
  occurredAt: new Date(occurredAt).toISOString(),
  ...rest,
  ...(metadata !== undefined && { metadata: JSON.parse(metadata) }),
});

const KIND_OF_PATH = {
  'events/email': 'email',
  'events/web': 'web',
  'contacts/location-interests': 'location-interests',
  'contacts/location-history': 'location-history',
  'events/track': 'track',
} as const;

/**
 * Imports events of all kinds, each kind through its endpoint.
 * @throws Error if an event is skipped
 */
export const importEvents = async (org: TestOrg, events: readonly OwnedEvent[]): Promise<void> => {
  await Promise.all(
    EVENT_IMPORTS.map(async (shape) => {
      const entries = events.filter(({ kind }) => kind === KIND_OF_PATH[shape.endpoint]).map(entryOf);
      if (entries.length === 0) return;
      const { body, text } = await importEntries(org, shape, entries);
      if (body?.imported !== entries.length) throw new Error(`Not all imported: ${text}`);
    }),
  );
};

/** Creates a segment and waits until all contacts are evaluated. @returns its id */
export const createSegment = async (org: TestOrg, name: string, rule: unknown): Promise<string> => {
  const { body, text } = await org.post('/v1/segments', { name, rule });
  if (body?.id === undefined) throw new Error(`No segment: ${text}`);
  await segmentEvaluated(org, body.id);
  return body.id;
};

/** Waits until all contacts are evaluated against the current rule of a segment. */
export const segmentEvaluated = async (org: TestOrg, segmentId: string): Promise<Progress> => {
  let evaluation: Progress | undefined;
  await until(
    `${segmentId} is evaluated`,
    async () => {
      evaluation = (await org.get(`/v1/segments/${segmentId}`)).body.evaluation;
      return evaluation?.status !== 'running';
    },
    REFRESH_MS,
  );
  return evaluation as Progress;
};

/** All items of a list, read page by page. */
export const allOf = async <T>(org: TestOrg, path: string): Promise<T[]> => {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const separator: string = path.includes('?') ? '&' : '?';
    const { body, status, text } = await org.get(
      cursor === null ? path : `${path}${separator}cursor=${cursor}`,
    );
    if (status !== 200) throw new Error(`${path} answered ${status}: ${text}`);
    items.push(...body.items);
    cursor = body.nextCursor;
  } while (cursor !== null);
  return items;
};

/** Starts a refresh of contacts as the API does, but with a queue of the test's own. @returns its id */
export const startRefreshWith = (
  workers: QueueSender<RefreshMessage>,
  org: Pick<TestOrg, 'orgId'>,
  emails: readonly string[],
): Promise<string> =>
  refreshNamed(
    {
      jobs: createJobStore(stackDynamo(), tableName(OUTPUT.jobsTable), Date.now),
      workers,
      planner: aQueue<PlanMessage>().queue,
      now: Date.now,
    },
    org.orgId,
    emails.map((email) => idOf(org, email)),
    { consistent: false },
  );
