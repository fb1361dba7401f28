import * as v from 'valibot';
import type { Item } from '../aws/dynamodb.ts';
import { type Generations, NEVER_REBUILT } from './generations.ts';

const number = v.pipe(
  v.object({ N: v.string() }),
  v.transform(({ N }) => Number(N)),
);

const GenerationsItemSchema = v.object({
  epoch: number,
  current: number,
  latest: number,
  building: v.optional(number),
  closing: v.object({ BOOL: v.boolean() }),
  checkUntil: number,
});

/** The slot whose item is changed first: who changes it has won, and changes the others after it. */
export const LEADER = 0;

/**
 * Where an organisation's generations are: once for each slot. Every counting transaction looks at its slot's, and of
 * two transactions that look at one item at once DynamoDB refuses one; those of one slot meet anyhow.
 */
export const generationsKey = (orgId: string, slot: number): Item => ({
  pk: { S: `org#${orgId}#${slot}` },
  sk: { S: 'generations' },
});

/** An organisation that was never rebuilt has no item. */
export const fromGenerationsItem = (item: Item | undefined): Generations => {
  if (item === undefined) return NEVER_REBUILT;
  const { closing, building, ...rest } = v.parse(GenerationsItemSchema, item);
  return { ...rest, building, closing: closing.BOOL };
};

export const toGenerationsItem = (
  orgId: string,
  slot: number,
  { epoch, current, latest, building, closing, checkUntil }: Generations,
  changeId: string,
): Item => ({
  ...generationsKey(orgId, slot),
  epoch: { N: String(epoch) },
  current: { N: String(current) },
  latest: { N: String(latest) },
  closing: { BOOL: closing },
  checkUntil: { N: String(checkUntil) },
  changeId: { S: changeId },
  ...(building !== undefined && { building: { N: String(building) } }),
});

/** The condition that an item's generations are older than these. */
export const older = ({ epoch }: Generations) => ({
  ConditionExpression: 'attribute_not_exists(epoch) OR epoch < :epoch',
  ExpressionAttributeValues: { ':epoch': { N: String(epoch) } },
});

/** The condition that nobody has changed an item's generations since they were read. */
export const unchanged = ({ epoch }: Generations) =>
  epoch === 0
    ? { ConditionExpression: 'attribute_not_exists(epoch)' }
    : {
        ConditionExpression: 'epoch = :epoch',
        ExpressionAttributeValues: { ':epoch': { N: String(epoch) } },
      };
