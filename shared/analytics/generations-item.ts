import * as v from 'valibot';
import { numberAttribute, textAttribute } from '../aws/attributes.ts';
import type { Item } from '../aws/dynamodb.ts';
import { type Generations, NEVER_REBUILT } from './generations.ts';

const GenerationsItemSchema = v.object({
  epoch: numberAttribute,
  current: numberAttribute,
  latest: numberAttribute,
  checkUntil: numberAttribute,
  building: v.optional(
    v.object({
      M: v.object({
        generation: numberAttribute,
        jobId: textAttribute,
        isClosed: v.object({ BOOL: v.boolean() }),
        until: numberAttribute,
      }),
    }),
  ),
});

/** The shard whose item is changed first: that change decides, and the others follow it. */
export const LEADER = 0;

/**
 * Where an organisation's generations are: once for each shard of its rollups. Every counting transaction checks its shard's, and of
 * two transactions that check one item at once DynamoDB refuses one; those of one shard meet anyhow.
 */
export const generationsKey = (orgId: string, shard: number): Item => ({
  pk: { S: `org#${orgId}#${shard}` },
  sk: { S: 'generations' },
});

/** An organisation that was never rebuilt has no item. */
export const fromGenerationsItem = (item: Item | undefined): Generations => {
  if (item === undefined) return NEVER_REBUILT;
  const { building, ...rest } = v.parse(GenerationsItemSchema, item);
  if (building === undefined) return { ...rest, building };
  const { isClosed, ...made } = building.M;
  return { ...rest, building: { ...made, isClosed: isClosed.BOOL } };
};

export const toGenerationsItem = (
  orgId: string,
  shard: number,
  { epoch, current, latest, building, checkUntil }: Generations,
): Item => ({
  ...generationsKey(orgId, shard),
  epoch: { N: String(epoch) },
  current: { N: String(current) },
  latest: { N: String(latest) },
  checkUntil: { N: String(checkUntil) },
  ...(building !== undefined && {
    building: {
      M: {
        generation: { N: String(building.generation) },
        jobId: { S: building.jobId },
        isClosed: { BOOL: building.isClosed },
        until: { N: String(building.until) },
      },
    },
  }),
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
