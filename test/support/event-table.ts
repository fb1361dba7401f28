import type { DynamoDBClient, QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { type Item, itemBytes } from '#shared/aws/dynamodb.ts';

const skOf = ({ sk }: Item): string => sk?.S ?? '';

/** The size after which DynamoDB ends a page. */
const PAGE_BYTES = 1024 * 1024;

/** The items of a page: at most `limit`, and none beyond the size of a page. */
const pageOf = (items: readonly Item[], limit = Number.POSITIVE_INFINITY): readonly Item[] => {
  let bytes = 0;
  const end = items.findIndex((item, nth) => {
    bytes += itemBytes(item);
    return nth >= limit || bytes > PAGE_BYTES;
  });
  return end === -1 ? items : items.slice(0, end);
};

/** An event table in memory that supports the Queries of histories and timelines, and a record of them. */
export const newEventTable = () => {
  const items = new Map<string, Item>();
  const queries: QueryCommandInput[] = [];
  let inFlight = 0;
  let mostInFlight = 0;

  const query = (input: QueryCommandInput) => {
    const { KeyConditionExpression: condition = '', ExpressionAttributeValues: values = {} } = input;
    const [, operator] = /^pk = :pk(?: AND sk (<=?) :after)?$/.exec(condition) ?? [condition, '?'];
    if (operator === '?') throw new Error(`The table does not support the condition ${condition}`);
    const after = values[':after']?.S ?? '';
    const start = input.ExclusiveStartKey && skOf(input.ExclusiveStartKey);
    const direction = input.ScanIndexForward === false ? -1 : 1;
    const found = [...items.values()]
      .filter(({ pk }) => pk?.S === values[':pk']?.S)
      .filter(
        (item) => operator === undefined || skOf(item) < after || (operator === '<=' && skOf(item) === after),
      )
      .filter((item) => start === undefined || (skOf(item) < start ? -1 : 1) === direction)
      .filter((item) => skOf(item) !== start)
      .toSorted((a, b) => (skOf(a) < skOf(b) ? -direction : direction));
    const page = pageOf(found, input.Limit);
    const last = page.at(-1);
    // DynamoDB does not look beyond the limit: a full page has a key even if it is the last one.
    const hasKey = page.length < found.length || page.length === input.Limit;
    return { Items: page, ...(hasKey && last && { LastEvaluatedKey: { pk: last['pk'], sk: last['sk'] } }) };
  };

  const send = async ({ input }: { readonly input: QueryCommandInput }) => {
    queries.push(input);
    inFlight += 1;
    mostInFlight = Math.max(mostInFlight, inFlight);
    await new Promise(setImmediate);
    inFlight -= 1;
    return query(input);
  };

  return {
    client: { send } as unknown as DynamoDBClient,
    queries,
    mostInFlight: () => mostInFlight,
    put: (item: Item): void => void items.set(`${item['pk']?.S} ${skOf(item)}`, item),
  };
};
