import { QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { contactKey } from '#shared/contacts/contact-item.ts';
import { historyKey } from '#shared/events/event-item.ts';
import { forEachBounded } from '#shared/runtime/bounded.ts';
import { OUTPUT } from '#shared/runtime/names.ts';
import { type Figure, figureOfPairs, timePairs } from '../support/figures.ts';
import { refresh } from '../support/refreshed.ts';
import { type Caller, createContacts, emailOf, type World } from '../support/world.ts';

const CONTACTS = 1_000;
const EVENTS_EACH = 50;
const DAY_MS = 86_400_000;
const FLOOR_CONCURRENCY = 16;

const importHistories = async ({ call }: Caller): Promise<void> => {
  const start = Date.now() - 400 * DAY_MS;
  for (let from = 0; from < EVENTS_EACH; from += 10) {
    const events = Array.from({ length: CONTACTS * 10 }, (_, nth) => ({
      contactEmail: emailOf(nth % CONTACTS),
      type: ['opened', 'clicked', 'sent'][nth % 3],
      occurredAt: new Date(start + (from + Math.floor(nth / CONTACTS)) * 7 * DAY_MS + nth).toISOString(),
      metadata: { externalCampaignId: `mc_campaign_${nth}` },
    }));
    await call('POST', '/v1/events/email/batch', { events });
  }
};

/** A bare Query of each history, and a bare write of each contact. */
const readAndWriteBare = async (
  { client, stack }: World,
  orgId: string,
  contactIds: readonly string[],
): Promise<void> => {
  await forEachBounded(contactIds, FLOOR_CONCURRENCY, async (contactId) => {
    await client.send(
      new QueryCommand({
        TableName: stack.outputs[OUTPUT.eventsTable],
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: historyKey(orgId, contactId) } },
      }),
    );
    await client.send(
      new UpdateItemCommand({
        TableName: stack.outputs[OUTPUT.contactsTable],
        Key: contactKey(orgId, contactId),
        UpdateExpression: 'SET benchmark = :now',
        ExpressionAttributeValues: { ':now': { N: String(Date.now()) } },
      }),
    );
  });
};

/** A refresh of 1,000 contacts from the call to its completion, against bare reads and writes of the same. */
export const measureRefresh = async (world: World): Promise<Figure[]> => {
  const caller = await world.organisation('refresh');
  const contactIds = await createContacts(caller, CONTACTS);
  await importHistories(caller);
  const pairs = await timePairs(
    () => refresh(caller, contactIds),
    () => readAndWriteBare(world, caller.orgId, contactIds),
  );
  const path = 'refresh: 1,000 contacts of 50 events';
  return [figureOfPairs(path, 'wall ms', 'bare Query and UpdateItem', pairs, 1.3)];
};
