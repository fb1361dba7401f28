import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  type QueryCommandInput,
  TransactionCanceledException,
  type TransactWriteItem,
  type TransactWriteItemsCommandInput,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import type { Item } from '#shared/aws/dynamodb.ts';

/** The condition and the update of a write. */
interface Write {
  readonly ConditionExpression?: string | undefined;
  readonly UpdateExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Record<string, string> | undefined;
  readonly ExpressionAttributeValues?: Item | undefined;
}

const numberOf = (item: Item | undefined, name: string): number => Number(item?.[name]?.N);

const satisfies = (item: Item | undefined, write: Write): boolean => {
  const named = (name: string): string => write.ExpressionAttributeNames?.[name] ?? name;
  const clause = (text: string): boolean => {
    const [, absent] = /^attribute_not_exists\((\S+)\)$/.exec(text) ?? [];
    if (absent !== undefined) return item?.[named(absent)] === undefined;
    const [, name = '', operator, value = ''] = /^(\S+) ([=<]) (:\w+)$/.exec(text) ?? [];
    if (operator === undefined) throw new Error(`The model does not support the condition ${text}`);
    const [left, right] = [
      numberOf(item, named(name)),
      numberOf(write.ExpressionAttributeValues, value),
    ] as const;
    return operator === '=' ? left === right : left < right;
  };
  return write.ConditionExpression === undefined || write.ConditionExpression.split(' OR ').some(clause);
};

const updated = (item: Item, write: Write): Item => {
  const [, action, list = ''] = /^(SET|ADD) (.*)$/.exec(write.UpdateExpression ?? '') ?? [];
  const after = { ...item };
  for (const each of list.split(', ')) {
    const [name = '', value = ''] = each.split(action === 'SET' ? ' = ' : ' ');
    const attribute = write.ExpressionAttributeNames?.[name] ?? name;
    const given = write.ExpressionAttributeValues?.[value];
    if (given === undefined) throw new Error(`The model does not support the update ${each}`);
    const before = numberOf({ [attribute]: { N: '0' }, ...item }, attribute);
    after[attribute] = action === 'SET' ? given : { N: String(before + Number(given.N)) };
  }
  return after;
};

/** The points at which a client of the model pauses, so that other clients run, or fails. */
export interface ModelPauses {
  /** Called before a call is executed and again before it is answered. If it throws, the call or its answer is lost. */
  readonly pause: (operation: string, when: 'before' | 'after') => Promise<void>;
}

/**
 * A model of a DynamoDB table that executes calls one at a time in an order that a test chooses, because races cannot be
 * reproduced on a real engine. It supports the operations and expressions that analytics uses, and all its reads are strongly
 * consistent. It ignores table names: all tables are one.
 */
export const newModelTable = (pageSize = 3) => {
  const partitions = new Map<string | undefined, Map<string | undefined, Item>>();
  const items = {
    get: ({ pk, sk }: Item): Item | undefined => partitions.get(pk?.S)?.get(sk?.S),
    set(item: Item): void {
      const partition = partitions.get(item['pk']?.S) ?? new Map<string | undefined, Item>();
      partitions.set(item['pk']?.S, partition.set(item['sk']?.S, item));
    },
    delete: ({ pk, sk }: Item): unknown => partitions.get(pk?.S)?.delete(sk?.S),
  };

  const query = ({ ExpressionAttributeValues: values = {}, ExclusiveStartKey }: QueryCommandInput) => {
    const found = [...(partitions.get(values[':pk']?.S)?.values() ?? [])]
      .filter(({ sk }) => values[':first'] === undefined || (sk?.S ?? '') >= (values[':first'].S ?? ''))
      .filter(({ sk }) => values[':last'] === undefined || (sk?.S ?? '') <= (values[':last'].S ?? ''))
      .filter(
        ({ sk }) => ExclusiveStartKey === undefined || (sk?.S ?? '') > (ExclusiveStartKey['sk']?.S ?? ''),
      )
      .sort((a, b) => ((a['sk']?.S ?? '') < (b['sk']?.S ?? '') ? -1 : 1));
    const page = found.slice(0, pageSize);
    const last = found.length > pageSize ? page.at(-1) : undefined;
    return { Items: page, LastEvaluatedKey: last && { pk: last['pk'], sk: last['sk'] } };
  };

  const transact = ({ TransactItems = [] }: TransactWriteItemsCommandInput) => {
    const keyOf = ({ ConditionCheck, Update, Put }: TransactWriteItem) =>
      (ConditionCheck ?? Update)?.Key ?? Put?.Item ?? {};
    const writeOf = ({ ConditionCheck, Update, Put }: TransactWriteItem): Write =>
      (ConditionCheck ?? Update ?? Put ?? {}) as Write;
    const refused = TransactItems.filter((each) => !satisfies(items.get(keyOf(each)), writeOf(each)));
    if (refused.length > 0) {
      const CancellationReasons = [{ Code: 'ConditionalCheckFailed' }];
      throw new TransactionCanceledException({ message: 'No', $metadata: {}, CancellationReasons });
    }
    for (const each of TransactItems) {
      const key = keyOf(each);
      if (each.Put !== undefined) items.set(each.Put.Item as Item);
      if (each.Update === undefined) continue;
      items.set(updated(items.get(key) ?? key, writeOf(each)));
    }
    return {};
  };

  const put = (input: Write & { readonly Item: Item }) => {
    if (!satisfies(items.get(input.Item), input)) {
      throw new ConditionalCheckFailedException({ message: 'No', $metadata: {} });
    }
    items.set(input.Item);
    return {};
  };

  const batchWrite = (input: { readonly RequestItems: Record<string, WriteRequest[]> }) => {
    for (const { PutRequest, DeleteRequest } of Object.values(input.RequestItems).flat()) {
      if (PutRequest !== undefined) items.set(PutRequest.Item as Item);
      if (DeleteRequest !== undefined) items.delete(DeleteRequest.Key ?? {});
    }
    return {};
  };

  const batchGet = (input: { readonly RequestItems: Record<string, { readonly Keys: Item[] }> }) => ({
    Responses: Object.fromEntries(
      Object.entries(input.RequestItems).map(([table, { Keys }]) => [
        table,
        Keys.map((key) => items.get(key)).filter((item) => item !== undefined),
      ]),
    ),
  });

  const operations: Record<string, (input: never) => object> = {
    BatchGetItem: batchGet,
    BatchWriteItem: batchWrite,
    GetItem: ({ Key }: { Key: Item }) => ({ Item: items.get(Key) }),
    PutItem: put,
    Query: query,
    TransactWriteItems: transact,
  };

  return {
    /** All items. */
    items: (): Item[] => [...partitions.values()].flatMap((partition) => [...partition.values()]),

    /**
     * A client of the table, for one process.
     * @param onCall - called with the input and the output of every call
     */
    client(
      { pause }: ModelPauses,
      onCall: (operation: string, input: object, output: object) => void = () => {},
    ): DynamoDBClient {
      const send = async (command: { readonly operation?: string; readonly input: never }) => {
        const operation = command.operation ?? command.constructor.name.replace(/Command$/, '');
        const run = operations[operation];
        if (run === undefined) throw new Error(`The model does not support ${operation}`);
        await pause(operation, 'before');
        const output = structuredClone(run(command.input));
        await pause(operation, 'after');
        onCall(operation, command.input, output);
        return output;
      };
      return { send } as unknown as DynamoDBClient;
    },
  };
};
