import type { DynamoDBRecord } from 'aws-lambda';

/**
 * Why a record was set aside: it is not an item of this service, or AWS refused what it leads to
 * (see `isRefusal`). In both cases a retry cannot succeed.
 */
export type SetAsideReason = 'unreadable' | 'refused';

/** A record that is set aside, and why. */
export interface SetAside {
  readonly record: DynamoDBRecord;
  readonly reason: SetAsideReason;
}

/**
 * A dead letter of a stream's function: what identifies a record and its item, and nothing of the item's
 * content. The item itself is in the table.
 */
export interface StreamDeadLetter {
  readonly reason: SetAsideReason;
  readonly eventId: string | undefined;
  readonly eventName: string | undefined;
  readonly sequenceNumber: string | undefined;
  /** When the record was created, seconds since 1970. */
  readonly createdAt: number | undefined;
  /** The ARN of the stream, which contains the name of the table. */
  readonly stream: string | undefined;
  /** The key of the item. */
  readonly keys: unknown;
}

/** The dead letter of a record. */
export const deadLetterOf = ({ record, reason }: SetAside): StreamDeadLetter => {
  const { eventID, eventName, eventSourceARN, dynamodb } = record;
  return {
    reason,
    eventId: eventID,
    eventName,
    sequenceNumber: dynamodb?.SequenceNumber,
    createdAt: dynamodb?.ApproximateCreationDateTime,
    stream: eventSourceARN,
    keys: dynamodb?.Keys,
  };
};
