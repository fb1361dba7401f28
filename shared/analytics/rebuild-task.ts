import * as v from 'valibot';
import { ChunkRefSchema } from '../jobs/messages.ts';

/**
 * A task of a rebuild for one generation: an item of its job. Every task may be repeated.
 *
 * - `read`: count the events of a contact
 * - `sum`: add up the contacts of a shard
 * - `total`: add up the shards, and store the rollups, of a slice of the series
 * - `remove`: delete a slice of the partitions of the rollups of a generation that is not read any more
 */
export type RebuildTask = { readonly generation: number } & (
  | { readonly kind: 'read'; readonly contactId: string }
  | { readonly kind: 'sum'; readonly shard: number }
  | { readonly kind: 'total' | 'remove'; readonly slice: number }
);

/**
 * The number of slices: tasks that share the rollups of a generation. Names have no bound, so neither does the number of
 * rollups: one task for all of them might take longer than a worker has.
 */
export const SLICES = 16;

/** Formats a task as text without spaces. */
export const toTaskText = (task: RebuildTask): string => {
  const { kind, generation } = task;
  if (kind === 'read') return `${kind}#${generation}#${task.contactId}`;
  return `${kind}#${generation}#${kind === 'sum' ? task.shard : task.slice}`;
};

const TASK = /^(?:(read)#(\d+)#(c_[\w-]+)|(sum|total|remove)#(\d+)#(\d+))$/;

/**
 * Parses a task.
 * @throws Error if the text is not a task
 */
export const fromTaskText = (text: string): RebuildTask => {
  const match = TASK.exec(text);
  if (match === null) throw new Error('An item is not a task of a rebuild');
  const [, read, readOf, contactId = '', other, otherOf, number] = match;
  if (read !== undefined) return { kind: 'read', generation: Number(readOf), contactId };
  const generation = Number(otherOf);
  if (other === 'sum') return { kind: 'sum', generation, shard: Number(number) };
  return { kind: other === 'total' ? 'total' : 'remove', generation, slice: Number(number) };
};

/** A message to a rebuild worker: the tasks of a chunk. */
export const RebuildMessageSchema = v.object({
  orgId: v.string(),
  job: ChunkRefSchema,
  tasks: v.pipe(v.array(v.pipe(v.string(), v.transform(fromTaskText))), v.minLength(1)),
});

/** A {@link RebuildMessageSchema} before parsing, as it is sent. */
export type RebuildMessage = v.InferInput<typeof RebuildMessageSchema>;
