import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { createCountEvents } from '#functions/analytics/count/handler.ts';
import { createCountedStore } from '#shared/analytics/counted-store.ts';
import { createGenerationsStore } from '#shared/analytics/generations-store.ts';
import { createRollupStore } from '#shared/analytics/rollup-store.ts';
import { budgetOf } from '#shared/aws/retry.ts';
import { toEventItem } from '#shared/events/event-item.ts';
import { contactIdOf } from '#shared/identities/contact-id.ts';

/** An email event, as it is imported. */
export interface Sent {
  readonly contactEmail: string;
  readonly type: string;
  /** ISO 8601. */
  readonly occurredAt: string;
}

/** As many as Lambda gives the consumer at once. */
const BATCH = 1_000;

/** As long as the function may take for a batch. */
const WORK_MS = 45_000;

/** As many as a new table takes in a second: what is kept of the records is kept by the second in which they were made. */
const STORED_A_SECOND = 4_000;

/** The stream's records of events of an organisation that were stored just now. */
export const recordsOf = (orgId: string, events: readonly Sent[]): DynamoDBRecord[] => {
  const began = Math.floor(Date.now() / 1_000);
  return events.map(({ contactEmail, type, occurredAt }, nth) => ({
    eventID: randomUUID(),
    eventName: 'INSERT',
    dynamodb: {
      ApproximateCreationDateTime: began + Math.floor(nth / STORED_A_SECOND),
      SequenceNumber: String(nth + 1).padStart(21, '0'),
      NewImage: toEventItem(orgId, contactIdOf(orgId, contactEmail), {
        kind: 'email',
        type,
        occurredAt: Date.parse(occurredAt),
      }) as never,
    },
  }));
};

/**
 * The consumer of the stream in this process: its code and its stores, without Lambda and the stream.
 *
 * @returns gives it records, a batch at a time
 */
export const createCounter = (client: DynamoDBClient, table: string) => {
  const count = createCountEvents({
    rollups: createRollupStore(client, table),
    generations: createGenerationsStore(client, table),
    counted: createCountedStore(client, table, Date.now),
    onCounted: () => {},
    budget: () => budgetOf(WORK_MS),
  });
  return async (records: readonly DynamoDBRecord[]): Promise<void> => {
    for (let from = 0; from < records.length; from += BATCH) {
      const { batchItemFailures } = await count({ Records: records.slice(from, from + BATCH) });
      if (batchItemFailures.length > 0)
        throw new Error(`${batchItemFailures.length} records were not counted`);
    }
  };
};
