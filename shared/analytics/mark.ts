import { LRUCache } from 'lru-cache';
import * as v from 'valibot';
import { binaryAttribute, textAttribute } from '../aws/attributes.ts';
import type { Item } from '../aws/dynamodb.ts';
import { RECORD_ID_BYTES } from './stream-record.ts';

/**
 * The counted records of one organisation, second and shard. Marks are stored by the second in which a record
 * was created, since a retried batch may be split differently and does not name its shard of the stream.
 *
 * A mark is a partition of rows, one for each commit, which are numbered from 1 and never changed: a commit
 * writes only the ids that it adds (a mark of 10,000 records has 80 KB), and a consumer that lost against
 * another one reads only what is new.
 */
export interface Mark {
  /** The number of its last row; 0 if it has none. */
  readonly version: number;
  readonly ids: ReadonlySet<string>;
}

/** A mark of which nothing is known yet. */
const NO_MARK: Mark = { version: 0, ids: new Set() };

/** The ids of records that a process keeps, of some 60 bytes each: as many as an organisation stores in 20 seconds at 4,000 a second. */
const MAX_KEPT_IDS = 80_000;

/** What a process knows of marks, by their partitions. */
export interface KnownMarks {
  /** What is known of a mark: all of its rows, or the first ones. */
  get(partition: string): Mark;
  set(partition: string, mark: Mark): void;
}

/**
 * Creates a memory of the marks that were used last. Rows never change, so what was read or written once need not be
 * read again: a second of many records takes many batches, and each would read the rows of all batches before it.
 */
export const createKnownMarks = (): KnownMarks => {
  const marks = new LRUCache<string, Mark>({
    maxSize: MAX_KEPT_IDS,
    sizeCalculation: ({ ids }) => ids.size + 1,
  });
  return {
    get: (partition) => marks.get(partition) ?? NO_MARK,
    set: (partition, mark) => {
      marks.set(partition, mark);
    },
  };
};

/** How long a mark is kept: a little longer than the 24 hours for which the stream keeps a record. */
const MARK_KEPT_SECONDS = 26 * 3600;

/** The partition of a mark. */
export const markPartition = (orgId: string, second: number, shard: number): string =>
  `mark#${orgId}#${second}#${shard}`;

/** More digits than a mark can have rows: each row is a transaction, and they follow one another. */
const VERSION_DIGITS = 6;

/** The sort key of a row. */
export const markRowSk = (version: number): string => String(version).padStart(VERSION_DIGITS, '0');

/** The row that adds records to a mark, which must not exist yet. */
export const toMarkRow = (
  partition: string,
  {
    second,
    version,
    ids,
  }: { readonly second: number; readonly version: number; readonly ids: readonly string[] },
): Item => ({
  pk: { S: partition },
  sk: { S: markRowSk(version) },
  ids: { B: Buffer.from(ids.join(''), 'hex') },
  expiresAt: { N: String(second + MARK_KEPT_SECONDS) },
});

const MarkRowSchema = v.object({ sk: textAttribute, ids: binaryAttribute });

/** A mark with further rows, in order. */
export const withRows = (mark: Mark, rows: readonly Item[]): Mark => {
  if (rows.length === 0) return mark;
  const ids = new Set(mark.ids);
  let { version } = mark;
  for (const row of rows) {
    const parsed = v.parse(MarkRowSchema, row);
    version = Number(parsed.sk);
    const bytes = Buffer.from(parsed.ids);
    for (let at = 0; at < bytes.length; at += RECORD_ID_BYTES) {
      ids.add(bytes.toString('hex', at, at + RECORD_ID_BYTES));
    }
  }
  return { version, ids };
};
