import { setTimeout as sleep } from 'node:timers/promises';
import { type AttributeValue, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import pMap from 'p-map';
import { DAY_MS } from '#shared/analytics/interval.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { historyKey } from '#shared/events/event-item.ts';
import { standingKey } from '#shared/standings/standing-item.ts';
import { eventBatches } from './events.ts';
import { writeBare } from './floors.ts';
import { type Caller, createContacts, type World } from './world.ts';

/** The age of the oldest events. */
const HISTORY_MS = 400 * DAY_MS;

/** The number of events that are generated and stored together: a million at once would take a gigabyte. */
const SEEDED_AT_ONCE = 5_000;

/** The polling interval of the progress. Half of it is added to the measured time, and each poll is work for the measured engine. */
const POLL_MS = 200;

/** The time-out of a refresh. */
const GIVEN_UP_MS = 120_000;

/**
 * Creates contacts with the same number of email events each, evenly distributed over 400 days. The events are written
 * directly into the table, since importing them is not measured here.
 *
 * @returns the contacts' ids
 */
export const createHistories = async (
  world: World,
  caller: Caller,
  contacts: number,
  eventsEach: number,
): Promise<string[]> => {
  const contactIds = await createContacts(caller, contacts);
  const start = Date.now() - HISTORY_MS;
  const pause = Math.floor(HISTORY_MS / eventsEach);
  const at = (nth: number) => start + Math.floor(nth / contacts) * pause;
  const batches = eventBatches(caller.orgId, { kind: 'email', contacts, at });
  for (let left = contacts * eventsEach; left > 0; left -= SEEDED_AT_ONCE) {
    await writeBare(world, batches.items(Math.min(left, SEEDED_AT_ONCE)), 16);
  }
  return contactIds;
};

/**
 * Refreshes contacts and waits until the refresh is reported as completed.
 *
 * @param pollMs - how often the progress is read
 * @throws Error if it fails or does not end
 */
export const refresh = async (
  { call }: Caller,
  contactIds: readonly string[],
  pollMs = POLL_MS,
): Promise<void> => {
  const started = (await call('POST', '/v1/contacts/backfill/refresh', { contactIds }, 202)) as {
    refreshId: string;
  };
  const deadline = Date.now() + GIVEN_UP_MS;
  for (;;) {
    const path = `/v1/contacts/backfill/refresh/${started.refreshId}`;
    const progress = (await call('GET', path)) as { status: string };
    if (progress.status === 'completed') return;
    if (progress.status === 'failed' || Date.now() > deadline) {
      throw new Error(`The refresh did not complete: ${JSON.stringify(progress)}`);
    }
    await sleep(pollMs);
  }
};

/** The values that a refresh writes into a standing, except the version and index keys, which must remain valid. */
const OUTCOME: Record<string, AttributeValue> = {
  ':score': { S: '0.0012345678901234567' },
  ':interests': { S: '[]' },
  ':segments': { M: {} },
  ':last': { S: '2025-11-15T10:30:00.000Z' },
};

/** A bare Query of each history, and a bare, unconditional write of an outcome into each standing. */
export const readAndWriteBare = async (
  { client, stack }: World,
  orgId: string,
  contactIds: readonly string[],
  atOnce: number,
): Promise<void> => {
  await pMap(
    contactIds,
    async (contactId) => {
      const { LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName: stack.outputs[OUTPUT.eventsTable],
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': { S: historyKey(orgId, contactId) } },
        }),
      );
      if (LastEvaluatedKey !== undefined) throw new Error('A history is longer than a page');
      await client.send(
        new UpdateItemCommand({
          TableName: stack.outputs[OUTPUT.standingsTable],
          Key: standingKey(orgId, contactId),
          UpdateExpression:
            'SET scoredAt = :now, score = :score, interests = :interests, #segments = :segments, lastActivityAt = :last',
          ExpressionAttributeNames: { '#segments': 'segments' },
          ExpressionAttributeValues: { ...OUTCOME, ':now': { N: String(Date.now()) } },
        }),
      );
    },
    { concurrency: atOnce },
  );
};
