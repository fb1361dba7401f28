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

/** The shard whose item is changed first: its change is authoritative, and the other shards follow. */
export const LEADER = 0;

/**
 * The key of an organisation's generations, which are stored once per shard of its rollups. Every counting
 * transaction checks the item of its shard, and DynamoDB refuses one of two concurrent transactions on one
 * item; transactions of one shard conflict in any case.
 */
export const generationsKey = (orgId: string, shard: number): Item => ({
  pk: { S: `org#${orgId}#${shard}` },
  sk: { S: 'generations' },
});

/**
 * Parses the generations of an organisation, which has no item before its first rebuild.
 * @throws v.ValiError
 */
export const fromGenerationsItem = (item: Item | undefined): Generations => {
  if (item === undefined) return NEVER_REBUILT;
  const { building, ...rest } = v.parse(GenerationsItemSchema, item);
  if (building === undefined) return { ...rest, building };
  const { isClosed, ...made } = building.M;
  return { ...rest, building: { ...made, isClosed: isClosed.BOOL } };
};

/** The item of the generations in a shard. */
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

/** The condition that the stored generations are older than these. */
export const older = ({ epoch }: Generations) => ({
  ConditionExpression: 'attribute_not_exists(epoch) OR epoch < :epoch',
  ExpressionAttributeValues: { ':epoch': { N: String(epoch) } },
});

/** The condition that the stored generations have not changed since these were read. */
export const unchanged = ({ epoch }: Generations) =>
  epoch === 0
    ? { ConditionExpression: 'attribute_not_exists(epoch)' }
    : {
        ConditionExpression: 'epoch = :epoch',
        ExpressionAttributeValues: { ':epoch': { N: String(epoch) } },
      };
