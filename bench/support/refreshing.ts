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

/** Histories reach back so far. */
const HISTORY_MS = 400 * DAY_MS;

/** Events that are made and stored in one go: all of a million would be a gigabyte. */
const SEEDED_AT_ONCE = 5_000;

/** How often the progress is asked for. A caller waits half of it too long, and each time is work for the engine that is measured. */
const POLL_MS = 200;

/** A refresh that takes longer than this is stuck. */
const GIVEN_UP_MS = 120_000;

/**
 * Creates contacts that have as many email events each, evenly over 400 days. The events go straight into the table:
 * how they got there is not what is measured.
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
 * Refreshes contacts, from the call to the answer that says it is completed.
 * @throws Error where it fails or does not end
 */
export const refresh = async ({ call }: Caller, contactIds: readonly string[]): Promise<void> => {
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
    await sleep(POLL_MS);
  }
};

/** What a refresh writes into a standing but for its version and its indexes' keys, which must stay true. */
const OUTCOME: Record<string, AttributeValue> = {
  ':score': { S: '0.0012345678901234567' },
  ':interests': { S: '[]' },
  ':segments': { M: {} },
  ':last': { S: '2025-11-15T10:30:00.000Z' },
};

/** A bare Query of each history, and a bare write of what comes of it into each standing, whoever else writes it. */
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
