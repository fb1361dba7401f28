import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { createCountEvents } from '#functions/analytics/count/handler.ts';
import { createCountedStore } from '#shared/analytics/counted-store.ts';
import { createGenerationsStore } from '#shared/analytics/generations-store.ts';
import { createNameSampler } from '#shared/analytics/name-sample-store.ts';
import { createRollupStore } from '#shared/analytics/rollup-store.ts';
import { budgetOf } from '#shared/aws/retry.ts';
import { toEventItem } from '#shared/events/event-item.ts';
import { contactIdOf } from '#shared/identities/contact-id.ts';

/** An email event as it is imported. */
export interface Sent {
  readonly contactEmail: string;
  readonly type: string;
  /** ISO 8601. */
  readonly occurredAt: string;
}

/** The number of records that Lambda passes to the consumer in a batch. */
const BATCH = 1_000;

/** The time of the function for a batch. */
const WORK_MS = 45_000;

/** The writes per second of a new table. It matters because the marks of counted records are stored by second. */
const STORED_A_SECOND = 4_000;

/** The stream records of events of an organisation that were just stored. */
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

const assertNone = (letters: readonly unknown[]): void => {
  if (letters.length > 0) throw new Error(`${letters.length} records were not counted`);
};

/**
 * The consumer of the stream in this process: its code and its stores, without Lambda and the stream.
 *
 * @returns a function that passes it records, batch by batch
 */
export const createCounter = (client: DynamoDBClient, table: string) => {
  const count = createCountEvents({
    rollups: createRollupStore(client, table),
    generations: createGenerationsStore(client, table),
    counted: createCountedStore(client, table, Date.now),
    samples: createNameSampler(client, table),
    deadLetters: { sendAll: async (letters) => assertNone(letters) },
    onCounted: () => {},
    budget: () => budgetOf(WORK_MS),
  });
  return async (records: readonly DynamoDBRecord[]): Promise<void> => {
    for (let from = 0; from < records.length; from += BATCH) {
      await count({ Records: records.slice(from, from + BATCH) });
    }
  };
};
