import * as v from 'valibot';
import type { RetryBudget } from '../aws/retry.ts';
import type { QueueSender } from '../aws/sqs.ts';
import { CompanyMemberPositionSchema } from '../companies/company-item.ts';
import type { CompanyStore } from '../companies/company-store.ts';
import type { IdentityStore } from '../identities/identity-store.ts';
import type { IdPage } from '../identities/shard-pages.ts';
import { ORG_SHARDS, type ShardPosition } from '../identities/shards.ts';
import type { Job } from '../jobs/job.ts';
import type { JobKind, PlanLimits, PlanStep } from '../jobs/planner.ts';
import type { SegmentStore } from '../segments/segment-store.ts';
import { chunkMessage, type RefreshMessage } from './messages.ts';

/** The kinds of refresh jobs: all contacts, the members of a segment, the members of companies, or named contacts. */
export const REFRESH_KINDS = {
  everyone: 'everyone',
  members: 'members',
  companies: 'companies',
  named: 'named',
} as const;

/** The parameters of a refresh of a segment's members. */
const MembersSchema = v.object({ segmentId: v.string() });
/** A parsed {@link MembersSchema}. */
export type MembersParameters = v.InferOutput<typeof MembersSchema>;

/** The parameters of a refresh of the members of companies. */
const CompaniesSchema = v.object({ groupIds: v.array(v.string()) });
/** A parsed {@link CompaniesSchema}. */
export type CompaniesParameters = v.InferOutput<typeof CompaniesSchema>;

/** The parameters of a refresh of named contacts. */
const NamedSchema = v.object({ consistent: v.boolean() });
/** A parsed {@link NamedSchema}. */
export type NamedParameters = v.InferOutput<typeof NamedSchema>;

/** The position at which a page begins: in a shard, after a contact. */
const CursorSchema = v.optional(v.object({ shard: v.number(), after: v.optional(v.string()) }), { shard: 0 });

type PageOfShard = (
  shard: number,
  limit: number,
  after: string | undefined,
  budget: RetryBudget,
) => Promise<IdPage>;

/** The next page of ids, read from one shard after another; only the last page has fewer than `limit`. */
const nextOf = async (
  pageOfShard: PageOfShard,
  cursor: unknown,
  { limit, budget }: PlanLimits,
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

/** The position at which a page of members of companies begins: in one of the companies, at a position of its list. */
const CompaniesCursorSchema = v.optional(v.object({ nth: v.number(), from: CompanyMemberPositionSchema }), {
  nth: 0,
  from: [0, null],
});

/**
 * The most companies whose members one step reads, some 15 ms each: most companies have few members, and a step must end long
 * before its planner's time does.
 */
const COMPANIES_PER_STEP = 100;

/**
 * The next page of the members of companies, by the ids of their identities, from one company after another. Contacts that have
 * left are among them: refreshing them changes nothing.
 */
const nextOfCompanies = async (
  { members }: Pick<CompanyStore, 'members'>,
  { orgId, parameters }: Pick<Job, 'orgId' | 'parameters'>,
  cursor: unknown,
  { limit, budget }: PlanLimits,
): Promise<PlanStep> => {
  const { groupIds } = v.parse(CompaniesSchema, parameters);
  let { nth, from }: { nth: number; from: ShardPosition } = v.parse(
    CompaniesCursorSchema,
    cursor ?? undefined,
  );
  // A contact may belong to several of them.
  const items = new Set<string>();
  for (let read = 0; read < COMPANIES_PER_STEP && items.size < limit; read++) {
    const groupId = groupIds[nth];
    if (groupId === undefined) break;
    const page = await members(orgId, groupId, limit - items.size, from, budget);
    for (const id of page.items) items.add(id);
    from = page.next ?? [0, null];
    if (page.next === undefined) nth += 1;
  }
  return { items: [...items], next: nth < groupIds.length ? { nth, from } : undefined };
};

/** The dependencies of sending to the refresh workers. */
export interface SendDeps {
  readonly workers: QueueSender<RefreshMessage>;
}

/** Creates the `send` of a kind, which sends chunks to the refresh workers. */
const sendWith =
  ({ workers }: SendDeps, consistentOf: (parameters: unknown) => boolean): JobKind['send'] =>
  (job, chunks, budget) => {
    const consistent = consistentOf(job.parameters);
    const messages = chunks.map((chunk) => chunkMessage(job.orgId, chunk, { consistent }));
    return workers.sendAll(messages, budget);
  };

/** The kind of a refresh of named contacts, whose ids are given. */
export const createNamedKind = (deps: SendDeps): JobKind => ({
  next: () => Promise.reject(new Error('The contacts of this job are given')),
  send: sendWith(deps, (parameters) => v.parse(NamedSchema, parameters).consistent),
});

/** The dependencies of {@link createRefreshKinds}. */
export interface RefreshKindsDeps extends SendDeps {
  readonly contacts: Pick<IdentityStore, 'contactsOfShard'>;
  readonly segments: Pick<SegmentStore, 'membersOfShard'>;
  readonly companies: Pick<CompanyStore, 'members'>;
}

/** All kinds of refresh jobs, for the planner. */
export const createRefreshKinds = (deps: RefreshKindsDeps): Readonly<Record<string, JobKind>> => {
  const { contacts, segments, companies } = deps;
  // Eventually consistent reads are enough: contacts with just imported events are refreshed by a named
  // refresh.
  const send = sendWith(deps, () => false);
  return {
    [REFRESH_KINDS.everyone]: {
      next: ({ orgId }, cursor, room) =>
        nextOf((...position) => contacts.contactsOfShard(orgId, ...position), cursor, room),
      send,
    },
    [REFRESH_KINDS.members]: {
      next: ({ orgId, parameters }, cursor, room) => {
        const { segmentId } = v.parse(MembersSchema, parameters);
        return nextOf((...position) => segments.membersOfShard(orgId, segmentId, ...position), cursor, room);
      },
      send,
    },
    [REFRESH_KINDS.companies]: {
      next: (job, cursor, room) => nextOfCompanies(companies, job, cursor, room),
      send,
    },
    [REFRESH_KINDS.named]: createNamedKind(deps),
  };
};
