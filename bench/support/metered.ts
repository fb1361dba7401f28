import { createBulkClient } from '#shared/aws/dynamodb.ts';
import { JsonCommand } from '#shared/aws/json-command.ts';
import { READ_UNITS, type TableUnits } from './read-units.ts';

/** The cost of a call. */
export interface Consumption extends TableUnits {
  /** For example `BatchWriteItem`. */
  readonly operation: string;
}

/** The units of some operations, for all tables or one. */
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

/** Operations that write: the engine reports their cost, including indexes, on request. */
export const WRITES = ['BatchWriteItem', 'PutItem', 'UpdateItem', 'TransactWriteItems'];

/** The units of a condition check of an item of up to 1 KB in a transaction; the local engine does not report them. */
const CHECK_UNITS = 2;

/** A call of a client and its result. */
interface Call {
  readonly operation: string;
  // biome-ignore lint/suspicious/noExplicitAny: of several operations, read by the operation's name
  readonly input: any;
  // biome-ignore lint/suspicious/noExplicitAny: the same
  readonly output: any;
}

/** @throws Error if the cost of a call is unknown, since it must not count as zero */
const consumptionOf = ({ operation, input, output }: Call): Consumption[] => {
  const ofReads = READ_UNITS[operation]?.({ request: input, answer: output });
  if (ofReads !== undefined) return ofReads.map((units) => ({ operation, ...units }));
  const reported = output.ConsumedCapacity;
  if (!WRITES.includes(operation) || reported === undefined) {
    throw new Error(`The cost of a ${operation} is unknown`);
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
 * A client like those of the functions that meters the cost of all calls. The units of writes are reported by the engine;
 * those of reads are computed by {@link READ_UNITS}.
 *
 * @param onTransaction - called with the actions of each transaction
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
    /** Runs some work and returns the cost of its calls. @throws Error if it made none */
    metered: async (work: () => Promise<unknown>): Promise<Consumption[]> => {
      consumed = [];
      await work();
      if (consumed.length === 0) throw new Error('No call was made by the metered client');
      return consumed;
    },
  };
};
