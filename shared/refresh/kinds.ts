import * as v from 'valibot';
import type { RetryBudget } from '../aws/retry.ts';
import type { QueueSender } from '../aws/sqs.ts';
import type { IdentityStore } from '../identities/identity-store.ts';
import type { IdPage } from '../identities/shard-pages.ts';
import { ORG_SHARDS } from '../identities/shards.ts';
import type { JobKind, PlanRoom, PlanStep } from '../jobs/planner.ts';
import type { SegmentStore } from '../segments/segment-store.ts';
import { chunkMessage, type RefreshMessage } from './messages.ts';

/** The kinds of jobs that refresh contacts: of everyone, of the members of a segment, of those that are named. */
export const REFRESH_KINDS = { everyone: 'everyone', members: 'members', named: 'named' } as const;

/** Parameters of a refresh of members. */
const MembersSchema = v.object({ segmentId: v.string() });
export type MembersParameters = v.InferOutput<typeof MembersSchema>;

/** Parameters of a refresh of contacts that are named. */
const NamedSchema = v.object({ consistent: v.boolean() });
export type NamedParameters = v.InferOutput<typeof NamedSchema>;

/** Where a page begins: in a shard, after a contact. */
const CursorSchema = v.optional(v.object({ shard: v.number(), after: v.optional(v.string()) }), { shard: 0 });

type PageOfShard = (
  shard: number,
  limit: number,
  after: string | undefined,
  budget: RetryBudget,
) => Promise<IdPage>;

/** A page of ids from one shard after the other, as many as there are but for the last page. */
const nextOf = async (
  pageOfShard: PageOfShard,
  cursor: unknown,
  { limit, budget }: PlanRoom,
): Promise<PlanStep> => {
  let { shard, after } = v.parse(CursorSchema, cursor ?? undefined);
  const items: string[] = [];
  while (shard < ORG_SHARDS && items.length < limit) {
    const { ids, next } = await pageOfShard(shard, limit - items.length, after, budget);
    items.push(...ids);
    after = next;
    if (next === undefined) shard += 1;
  }
  return { items, next: shard < ORG_SHARDS ? { shard, after } : undefined };
};

/** What sending to the workers needs. */
export interface SendDeps {
  readonly workers: QueueSender<RefreshMessage>;
}

/** Sends chunks to the refresh workers. */
const sendWith =
  ({ workers }: SendDeps, consistentOf: (parameters: unknown) => boolean): JobKind['send'] =>
  (job, chunks, budget) => {
    const consistent = consistentOf(job.parameters);
    const messages = chunks.map((chunk) => chunkMessage(job.orgId, chunk, { consistent }));
    return workers.sendAll(messages, budget);
  };

/** The kind of a refresh of contacts that are named; their ids are given. */
export const createNamedKind = (deps: SendDeps): JobKind => ({
  next: () => Promise.reject(new Error('The contacts of this job are given')),
  send: sendWith(deps, (parameters) => v.parse(NamedSchema, parameters).consistent),
});

/** What the kinds of refreshes need. */
export interface RefreshKindsDeps extends SendDeps {
  readonly contacts: Pick<IdentityStore, 'idsOfShard'>;
  readonly segments: Pick<SegmentStore, 'membersOfShard'>;
}

/** All kinds of refreshes, for the planner. */
export const createRefreshKinds = (deps: RefreshKindsDeps): Readonly<Record<string, JobKind>> => {
  const { contacts, segments } = deps;
  // Whoever imports events a moment ago asks for those contacts by another refresh.
  const send = sendWith(deps, () => false);
  return {
    [REFRESH_KINDS.everyone]: {
      next: ({ orgId }, cursor, room) =>
        nextOf((...position) => contacts.idsOfShard(orgId, ...position), cursor, room),
      send,
    },
    [REFRESH_KINDS.members]: {
      next: ({ orgId, parameters }, cursor, room) => {
        const { segmentId } = v.parse(MembersSchema, parameters);
        return nextOf((...position) => segments.membersOfShard(orgId, segmentId, ...position), cursor, room);
      },
      send,
    },
    [REFRESH_KINDS.named]: createNamedKind(deps),
  };
};
