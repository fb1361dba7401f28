import { createBulkClient, type Item, itemBytes } from '#shared/aws/dynamodb.ts';

/** What calls have cost so far. */
export interface Meter {
  calls: number;
  readUnits: number;
  writeUnits: number;
}

/** What a call takes and answers, as far as it has a price. */
interface Priced {
  readonly ConsistentRead?: boolean;
  readonly TransactItems?: readonly { readonly ConditionCheck?: unknown }[];
  readonly Item?: Item;
  readonly Items?: readonly Item[];
  readonly ScannedCount?: number;
  readonly ConsumedCapacity?: readonly { readonly CapacityUnits?: number }[];
}

const READ_UNIT_BYTES = 4_096;

/** A condition's check of an item of up to 1 KB, in a transaction; the local engine charges nothing for it. */
const CHECK_UNITS = 2;

/** The local engine names one unit for a read of any size, so what came back is weighed. */
const readUnitsOf = ({ ConsistentRead }: Priced, { Item, Items = [], ScannedCount }: Priced): number => {
  if (ScannedCount !== undefined && ScannedCount !== Items.length) {
    throw new Error(`A Query read ${ScannedCount} items and gave ${Items.length}`);
  }
  const bytes = [...(Item ? [Item] : []), ...Items].reduce((sum, item) => sum + itemBytes(item), 0);
  return Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES)) * (ConsistentRead ? 1 : 0.5);
};

const writeUnitsOf = ({ TransactItems = [] }: Priced, { ConsumedCapacity = [] }: Priced): number =>
  ConsumedCapacity.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0) +
  TransactItems.filter(({ ConditionCheck }) => ConditionCheck !== undefined).length * CHECK_UNITS;

/**
 * A client of the functions' kind whose calls are counted: of GetItem and Query the read units, of TransactWriteItems the
 * write units, as AWS would charge them.
 *
 * @param onTransaction - told of each transaction's actions
 */
export const meteredClient = (onTransaction: (actions: readonly object[]) => void = () => {}) => {
  const meter: Meter = { calls: 0, readUnits: 0, writeUnits: 0 };
  const client = createBulkClient();
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const input = { ...args.input, ReturnConsumedCapacity: 'TOTAL' } as typeof args.input & Priced;
        const result = await next({ ...args, input });
        const output = result.output as Priced;
        meter.calls += 1;
        if (commandName === 'GetItemCommand' || commandName === 'QueryCommand') {
          meter.readUnits += readUnitsOf(input, output);
        }
        if (commandName === 'TransactWriteItemsCommand') {
          meter.writeUnits += writeUnitsOf(input, output);
          onTransaction(input.TransactItems ?? []);
        }
        return result;
      },
    { step: 'initialize' },
  );
  return { client, meter };
};
