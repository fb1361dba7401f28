import { hash } from 'node:crypto';
import type { DynamoDBRecord } from 'aws-lambda';
import * as v from 'valibot';
import { fromEventItem } from '../events/event-item.ts';
import type { Kind } from '../events/kinds.ts';
import { ROLLUP_SHARDS } from './rollup.ts';

/** A new event, as the stream of the event table delivers it: at least once, in batches of any size. */
export interface NewEvent {
  readonly orgId: string;
  readonly contactId: string;
  /** Its sort key in the event table. */
  readonly sk: string;
  readonly kind: Kind;
  readonly type: string;
  /** ms since 1970. */
  readonly occurredAt: number;
  /**
   * The id of the record, by which repeated deliveries are recognised: {@link RECORD_ID_BYTES} bytes in hex.
   */
  readonly recordId: string;
  /** When the record was created, seconds since 1970. */
  readonly second: number;
  /** The shard of its mark and its counts: the same for every delivery. */
  readonly shard: number;
}

/**
 * 64 bits distinguish the records of one mark (of one organisation, second and shard): among a thousand, two
 * are equal with a probability of 1 in 4·10^13, so that of 10^10 events, ten million such marks, none is lost
 * with a probability of 99.99997%. Twice the bits would double the cost of a mark.
 */
export const RECORD_ID_BYTES = 8;

const RecordSchema = v.object({
  eventID: v.pipe(v.string(), v.minLength(1)),
  dynamodb: v.object({
    ApproximateCreationDateTime: v.number(),
    NewImage: v.unknown(),
  }),
});

/**
 * Parses a record of the event table's stream.
 * @throws v.ValiError if it is not of an event
 */
export const newEventOf = (record: DynamoDBRecord): NewEvent => {
  const { eventID, dynamodb } = v.parse(RecordSchema, record);
  const { orgId, contactId, sk, kind, type, occurredAt } = fromEventItem(dynamodb.NewImage);
  const digest = hash('sha256', eventID, 'buffer');
  return {
    orgId,
    contactId,
    sk,
    kind,
    type,
    occurredAt,
    recordId: digest.toString('hex', 0, RECORD_ID_BYTES),
    second: Math.floor(dynamodb.ApproximateCreationDateTime),
    shard: digest.readUInt32BE(RECORD_ID_BYTES) % ROLLUP_SHARDS,
  };
};

/** The events of one organisation and shard, which are counted together. */
export interface Group {
  readonly orgId: string;
  readonly shard: number;
  readonly events: readonly NewEvent[];
}

/** Groups a batch by organisation and shard, and drops duplicates of a record. */
export const groupsOf = (events: readonly NewEvent[]): Group[] => {
  const groups = Map.groupBy(events, ({ orgId, shard }) => `${orgId}#${shard}`);
  return [...groups.values()].map((group) => {
    const { orgId, shard } = group[0] as NewEvent;
    const once = new Map(group.map((event) => [`${event.second}#${event.recordId}`, event]));
    return { orgId, shard, events: [...once.values()] };
  });
};
