import {
  type DynamoDBClient,
  TransactionCanceledException,
  type TransactWriteItem,
  type TransactWriteItemsCommandInput,
} from '@aws-sdk/client-dynamodb';
import { type Item, itemBytes, MAX_ITEM_BYTES } from '#shared/aws/dynamodb.ts';
import { contactItem, stateOfItem } from '#shared/contacts/contact-item.ts';
import type { ContactState } from '#shared/contacts/contact-state.ts';
import { foundOf, identityItem, idOf } from '#shared/identities/identity-item.ts';
import { createLinkStore } from '#shared/linking/link-store.ts';
import { fromStandingItem, newStandingItem } from '#shared/standings/standing-item.ts';
import { anAwsError, ORG } from './builders.ts';

/** The condition and the update of an action. */
interface Write {
  readonly TableName: string;
  readonly Key?: Item;
  readonly Item?: Item;
  readonly ConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Item;
}

type Action = 'Put' | 'Update' | 'Delete';

const TABLES = { contacts: 'contacts', identities: 'identities', standings: 'standings', members: 'members' };

const keyOf = ({ pk, sk }: Item): string => `${pk?.S}|${sk?.S}`;

const actionOf = (each: TransactWriteItem): readonly [Action, Write] => {
  const [[action, write] = []] = Object.entries(each);
  return [action as Action, write as Write];
};

const satisfies = (item: Item | undefined, write: Write): boolean => {
  const { ConditionExpression: condition, ExpressionAttributeValues: values } = write;
  if (condition === undefined) return true;
  if (condition === 'attribute_exists(pk)') return item !== undefined;
  if (condition === 'attribute_not_exists(pk)') return item === undefined;
  if (condition !== '#version = :read') throw new Error(`Unknown condition ${condition}`);
  return item?.['version']?.N === values?.[':read']?.N;
};

/** Applies `SET a = :a, … REMOVE b, … ADD c :c`. */
const updated = (item: Item, write: Write): Item => {
  const { ExpressionAttributeNames: names, ExpressionAttributeValues: values } = write;
  const after = { ...item };
  for (const [, verb, list = ''] of write.UpdateExpression?.matchAll(
    /(SET|REMOVE|ADD) (.*?)(?= REMOVE | ADD |$)/g,
  ) ?? []) {
    for (const part of list.split(', ')) {
      const [placeholder = '', value = ''] = part.split(/ = | /);
      const name = names?.[placeholder] ?? placeholder;
      const given = values?.[value];
      if (verb === 'REMOVE') delete after[name];
      else if (given === undefined) throw new Error(`Unknown update ${part}`);
      else if (verb === 'SET') after[name] = given;
      else after[name] = { N: String(Number(item[name]?.N ?? 0) + Number(given.N)) };
    }
  }
  return after;
};

/** What happens to a call: it may throw before or after it is executed, or let others run. */
export type OnCall = (operation: string, when: 'before' | 'after') => Promise<void> | void;

/** The tables of contacts in memory, with DynamoDB's rules for transactions, and a record of the transactions. */
export const newLinkTables = (onCall: OnCall = () => {}) => {
  const tables = new Map(Object.values(TABLES).map((name) => [name, new Map<string, Item>()]));
  const rows = (name: keyof typeof TABLES): Map<string, Item> => tables.get(name) as Map<string, Item>;
  const transactions: TransactWriteItem[][] = [];
  const reads: number[] = [];

  const transact = ({ TransactItems: actions = [] }: TransactWriteItemsCommandInput): object => {
    const writes = actions.map(actionOf);
    const keys = writes.map(([, { TableName, Key, Item }]) => `${TableName} ${keyOf(Key ?? Item ?? {})}`);
    const isValid = actions.length <= 100 && new Set(keys).size === keys.length;
    if (!isValid || writes.some(([, { Item = {} }]) => itemBytes(Item) > MAX_ITEM_BYTES)) {
      throw anAwsError('ValidationException', 400);
    }
    const refused = writes.filter(
      ([, write]) =>
        !satisfies(tables.get(write.TableName)?.get(keyOf(write.Key ?? write.Item ?? {})), write),
    );
    if (refused.length > 0) {
      const CancellationReasons = [{ Code: 'ConditionalCheckFailed' }];
      throw new TransactionCanceledException({ message: 'No', $metadata: {}, CancellationReasons });
    }
    for (const [action, write] of writes) {
      const table = tables.get(write.TableName) as Map<string, Item>;
      const { Key = {}, Item = Key } = write;
      const key = keyOf(Item);
      if (action === 'Put') table.set(key, Item);
      if (action === 'Delete') table.delete(key);
      if (action === 'Update') table.set(key, updated(table.get(key) ?? Key, write));
    }
    transactions.push(actions);
    return {};
  };

  const batchGet = (input: { readonly RequestItems: Record<string, { readonly Keys: Item[] }> }): object => ({
    Responses: Object.fromEntries(
      Object.entries(input.RequestItems).map(([table, { Keys }]) => {
        reads.push(Keys.length);
        if (new Set(Keys.map(keyOf)).size < Keys.length) throw anAwsError('ValidationException', 400);
        return [
          table,
          Keys.map((key) => tables.get(table)?.get(keyOf(key))).filter((item) => item !== undefined),
        ];
      }),
    ),
  });

  const send = async (command: { readonly operation?: string; readonly input: never }): Promise<object> => {
    const operation = command.operation ?? command.constructor.name.replace(/Command$/, '');
    await onCall(operation, 'before');
    const output = structuredClone(
      operation === 'BatchGetItem' ? batchGet(command.input) : transact(command.input),
    );
    await onCall(operation, 'after');
    return output;
  };
  const client = { send } as unknown as DynamoDBClient;

  return {
    client,
    tables: TABLES,
    rows,
    transactions,
    /** The number of keys of each BatchGetItem. */
    reads,
    store: createLinkStore(client, TABLES),
    /** Stores contacts, each with its identities and its standing. */
    add(...states: readonly ContactState[]): void {
      for (const state of states) {
        const ids = [...state.identities.keys()];
        const { contactId } = state;
        const contact = contactItem(ORG, { ...state, version: state.version - 1 });
        rows('contacts').set(keyOf(contact), contact);
        const standing = newStandingItem(ORG, contactId, ids);
        rows('standings').set(keyOf(standing), standing);
        for (const id of ids) {
          const item = identityItem(ORG, id, { contactId, isOnly: ids.length === 1 });
          rows('identities').set(keyOf(item), item);
        }
      }
    },
    contacts: () => [...rows('contacts').values()].map(stateOfItem),
    standings: () =>
      new Map([...rows('standings').values()].map((item) => [fromStandingItem(item).contactId, item])),
    identities: () => new Map([...rows('identities').values()].map((item) => [idOf(item), foundOf(item)])),
  };
};
