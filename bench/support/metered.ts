import { createBulkClient } from '#shared/aws/dynamodb.ts';
import { JsonCommand } from '#shared/aws/json-command.ts';
import { READ_UNITS, type TableUnits } from './read-units.ts';

/** What a call cost. */
export interface Consumption extends TableUnits {
  /** Such as `BatchWriteItem`. */
  readonly operation: string;
}

/** Of some operations; of all tables, or of one. */
export const unitsOf = (
  consumed: readonly Consumption[],
  operations: readonly string[],
  table?: string,
): number =>
  consumed
    .filter((one) => operations.includes(one.operation) && (table === undefined || one.table === table))
    .reduce((sum, { units }) => sum + units, 0);

/** Operations that read. */
export const READS = Object.keys(READ_UNITS);

/** Operations that write: the engine reports what they cost, indexes included, if it is asked. */
const WRITES = ['BatchWriteItem', 'PutItem', 'UpdateItem', 'TransactWriteItems', 'BatchExecuteStatement'];

/** A condition's check of an item of up to 1 KB, in a transaction; the local engine charges nothing for it. */
const CHECK_UNITS = 2;

/** A call on its way through a client. */
interface Call {
  readonly operation: string;
  // biome-ignore lint/suspicious/noExplicitAny: of several operations, read by the operation's name
  readonly input: any;
  // biome-ignore lint/suspicious/noExplicitAny: the same
  readonly output: any;
}

/** @throws Error where it is not known what a call costs, since nothing would look like little */
const consumptionOf = ({ operation, input, output }: Call): Consumption[] => {
  const ofReads = READ_UNITS[operation]?.({ request: input, answer: output });
  if (ofReads !== undefined) return ofReads.map((units) => ({ operation, ...units }));
  const reported = output.ConsumedCapacity;
  if (!WRITES.includes(operation) || reported === undefined) {
    throw new Error(`It is not known what a ${operation} costs`);
  }
  const ofWrites: Consumption[] = [reported]
    .flat()
    .map(({ TableName, CapacityUnits }) => ({ operation, table: TableName, units: CapacityUnits }));
  for (const { ConditionCheck } of input.TransactItems ?? []) {
    if (ConditionCheck) ofWrites.push({ operation, table: ConditionCheck.TableName, units: CHECK_UNITS });
  }
  return ofWrites;
};

/**
 * A client of the functions' kind on which what calls cost is counted, whichever way they are sent. The units of writes
 * are the engine's, those of reads follow {@link READ_UNITS}.
 *
 * @param onTransaction - told of each transaction's actions
 */
export const createMeteredClient = (onTransaction: (actions: readonly object[]) => void = () => {}) => {
  let consumed: Consumption[] = [];
  const client = createBulkClient();
  const send = client.send.bind(client) as (command: object, options?: object) => Promise<object>;
  const meteredSend = async (
    command: { readonly input: Record<string, unknown> },
    options?: object,
  ): Promise<object> => {
    const operation =
      command instanceof JsonCommand ? command.operation : command.constructor.name.replace(/Command$/, '');
    command.input['ReturnConsumedCapacity'] = 'TOTAL';
    const output = await send(command, options);
    consumed.push(...consumptionOf({ operation, input: command.input, output }));
    if (operation === 'TransactWriteItems') onTransaction(command.input['TransactItems'] as object[]);
    return output;
  };
  client.send = meteredSend as typeof client.send;
  return {
    client,
    /** Runs some work and tells what the calls cost that it made. @throws Error where it made none */
    metered: async (work: () => Promise<unknown>): Promise<Consumption[]> => {
      consumed = [];
      await work();
      if (consumed.length === 0) throw new Error('No call was made by the metered client');
      return consumed;
    },
  };
};
