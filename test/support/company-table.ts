import { ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Item } from '#shared/aws/dynamodb.ts';
import { createCompanyStore } from '#shared/companies/company-store.ts';
import { anAwsError } from './builders.ts';
import type { OnCall } from './link-tables.ts';

const TABLE = 'companies';

const keyOf = ({ pk, sk }: Item): string => `${pk?.S}|${sk?.S}`;

interface Query {
  readonly ExpressionAttributeValues: Item;
  readonly Limit: number;
}

interface Put {
  readonly Item: Item;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeValues?: Item;
}

/** The company table in memory, with a record of what is read and written. */
export const newCompanyTable = (onCall: OnCall = () => {}) => {
  const rows = new Map<string, Item>();
  const calls: string[] = [];

  const put = ({ Item: item, ConditionExpression: condition, ExpressionAttributeValues: values }: Put) => {
    const stored = rows.get(keyOf(item));
    const holds =
      condition === 'attribute_not_exists(pk)'
        ? stored === undefined
        : stored?.['version']?.N === values?.[':read']?.N;
    if (!holds) throw new ConditionalCheckFailedException({ message: 'No', $metadata: {} });
    rows.set(keyOf(item), item);
    return {};
  };

  const batchGet = (input: { readonly RequestItems: Record<string, { readonly Keys: Item[] }> }) => {
    const keys = input.RequestItems[TABLE]?.Keys ?? [];
    if (new Set(keys.map(keyOf)).size < keys.length) throw anAwsError('ValidationException', 400);
    return {
      Responses: { [TABLE]: keys.map((key) => rows.get(keyOf(key))).filter((row) => row !== undefined) },
    };
  };

  const batchWrite = (input: {
    readonly RequestItems: Record<string, { readonly PutRequest: { readonly Item: Item } }[]>;
  }) => {
    const items = (input.RequestItems[TABLE] ?? []).map(({ PutRequest }) => PutRequest.Item);
    if (new Set(items.map(keyOf)).size < items.length) throw anAwsError('ValidationException', 400);
    for (const item of items) rows.set(keyOf(item), item);
    return {};
  };

  const query = ({ ExpressionAttributeValues: values, Limit: limit }: Query) => {
    const found = [...rows.values()]
      .filter(({ pk }) => pk?.S === values[':pk']?.S)
      .filter(({ sk }) => values[':after'] === undefined || (sk?.S ?? '') > (values[':after'].S ?? ''))
      .sort((a, b) => ((a['sk']?.S ?? '') < (b['sk']?.S ?? '') ? -1 : 1));
    const items = found.slice(0, limit);
    return { Items: items, ...(found.length > limit && { LastEvaluatedKey: items.at(-1) }) };
  };

  const send = async (command: { readonly operation?: string; readonly input: never }): Promise<object> => {
    const operation = command.operation ?? command.constructor.name.replace(/Command$/, '');
    calls.push(operation);
    await onCall(operation, 'before');
    const handlers: Record<string, (input: never) => object> = {
      BatchGetItem: batchGet,
      BatchWriteItem: batchWrite,
      GetItem: ({ Key }: { readonly Key: Item }) => ({ Item: rows.get(keyOf(Key)) }),
      PutItem: put,
      Query: query,
    };
    const output = structuredClone(handlers[operation]?.(command.input) ?? {});
    await onCall(operation, 'after');
    return output;
  };

  const client = { send } as unknown as DynamoDBClient;
  return { rows, calls, store: createCompanyStore(client, TABLE) };
};
