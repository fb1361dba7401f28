import { type Item, itemBytes } from '#shared/aws/dynamodb.ts';

/** Units of one table. */
export interface TableUnits {
  readonly table: string;
  readonly units: number;
}

/** A call of a read, and its answer. */
interface Read {
  // biome-ignore lint/suspicious/noExplicitAny: JSON of several operations, read by the operation's name
  readonly request: any;
  // biome-ignore lint/suspicious/noExplicitAny: the same
  readonly answer: any;
}

/** An eventually consistent read costs half. */
const rate = (consistent: unknown): number => (consistent === true ? 1 : 0.5);

/** One for each 4 KB that are begun; what is empty or does not exist is read, too. */
const blocks = (bytes: number): number => Math.max(1, Math.ceil(bytes / 4_096));

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/**
 * What a read costs by DynamoDB's rules, for the local engine reports half a unit for a Query of any size, and nothing
 * for a BatchGetItem. Source: Developer Guide, "Read capacity unit consumption". Where a projection leaves attributes
 * out, the answer does not tell an item's size: it counts as what came, so it must be known to be below 4 KB.
 */
export const READ_UNITS: Readonly<Record<string, (read: Read) => TableUnits[]>> = {
  // Each item is rounded up by itself.
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
