import { type Item, itemBytes } from '#shared/aws/dynamodb.ts';

/** Units of one table. */
export interface TableUnits {
  readonly table: string;
  readonly units: number;
}

/** A read call and its answer. */
interface Read {
  // biome-ignore lint/suspicious/noExplicitAny: JSON of several operations, read by the operation's name
  readonly request: any;
  // biome-ignore lint/suspicious/noExplicitAny: the same
  readonly answer: any;
}

/** The cost factor: an eventually consistent read costs half. */
const rate = (consistent: unknown): number => (consistent === true ? 1 : 0.5);

/** The number of started blocks of 4 KB, at least one: reading a missing or empty item also costs one. */
const blocks = (bytes: number): number => Math.max(1, Math.ceil(bytes / 4_096));

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/**
 * The cost of reads by DynamoDB's rules, because the local engine reports half a unit for a Query of any size and nothing
 * for a BatchGetItem. Source: Developer Guide, "Read capacity unit consumption". If a projection omits attributes, the
 * answer does not reveal the size of an item: the returned size is used, so the item must be known to be below 4 KB.
 */
export const READ_UNITS: Readonly<Record<string, (read: Read) => TableUnits[]>> = {
  // Each item is rounded up separately.
  BatchGetItem: ({ request, answer }) =>
    Object.entries<{ Keys: unknown[]; ConsistentRead?: boolean }>(request.RequestItems).map(
      ([table, { Keys, ConsistentRead }]) => {
        const found: Item[] = answer.Responses?.[table] ?? [];
        const left = answer.UnprocessedKeys?.[table]?.Keys.length ?? 0;
        const missing = Keys.length - left - found.length;
        const units = sum(found.map((item) => blocks(itemBytes(item)))) + missing;
        return { table, units: units * rate(ConsistentRead) };
      },
    ),
  // The page is rounded up as a whole.
  Query: ({ request, answer }) => [
    {
      table: request.TableName,
      units: blocks(sum((answer.Items ?? []).map(itemBytes))) * rate(request.ConsistentRead),
    },
  ],
  GetItem: ({ request, answer }) => [
    {
      table: request.TableName,
      units: blocks(itemBytes(answer.Item ?? {})) * rate(request.ConsistentRead),
    },
  ],
};
