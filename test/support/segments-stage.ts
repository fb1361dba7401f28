import { createSegments } from '#functions/define/segments/handler.ts';
import { serve } from '#shared/contract/operation.ts';
import { SEGMENTS } from '#shared/contract/operations/segments.ts';
import type { ShardedPage } from '#shared/identities/shard-pages.ts';
import type { ShardPosition } from '#shared/identities/shards.ts';
import type { PlanMessage } from '#shared/jobs/messages.ts';
import type { JobProgress } from '#shared/jobs/progress.ts';
import { MAX_SEGMENTS, type StoredSegment } from '#shared/segments/segment.ts';
import type { Member } from '#shared/segments/segment-store.ts';
import { OutOfTimeError } from '#shared/time/out-of-time.ts';
import { aRequest, NOW, ORG } from './builders.ts';
import { aJobTable, aStarter } from './job-table.ts';
import { aQueue, someDefinitions } from './refresh-world.ts';

export const ONE = '/v1/segments/{segmentId}';

/** The progress of an evaluation in tests. */
export const EVALUATION: JobProgress = { status: 'running', total: 7, done: 3, failed: 1 };

interface WorldOptions {
  readonly segments?: readonly StoredSegment[];
  readonly progress?: JobProgress;
  readonly members?: ShardedPage<Member>;
  /** Whether other requests have created the last segments that the organisation may have. */
  readonly isFull?: boolean;
  /** Whether a segment is created, but the response is lost until the time is up. */
  readonly losesResponse?: boolean;
}

/** The routes of segments with in-memory dependencies, and a record of their calls. */
export const aSegmentStage = ({
  segments = [],
  progress,
  members,
  isFull = false,
  losesResponse = false,
}: WorldOptions = {}) => {
  const journal: string[] = [];
  const table = aJobTable();
  const pageRequests: { limit: number; from: ShardPosition }[] = [];
  const stored = new Map(segments.map((segment) => [segment.id, segment]));
  const { sent, queue } = aQueue<PlanMessage>(() => journal.push('send'));
  const operations = createSegments({
    segments: {
      version: async () => 1,
      definitions: async () => someDefinitions(...stored.values()),
      get: async (orgId, id) => (orgId === ORG ? stored.get(id) : undefined),
      create: async (_orgId, segment) => {
        journal.push('create segment');
        if (isFull || stored.size >= MAX_SEGMENTS) return false;
        stored.set(segment.id, segment);
        if (losesResponse) throw new OutOfTimeError('No response');
        return true;
      },
      replace: async (_orgId, segment) => {
        journal.push('replace segment');
        if (!stored.has(segment.id)) return false;
        stored.set(segment.id, segment);
        return true;
      },
      remove: async (_orgId, id) => {
        journal.push('remove segment');
        return stored.delete(id);
      },
      members: async (_orgId, _id, limit, from) => {
        pageRequests.push({ limit, from });
        return members ?? { items: [], next: undefined };
      },
      membersOfShard: async () => ({ ids: [], next: undefined }),
    },
    progress: {
      read: async () => progress,
      readMany: async (_orgId, ids) => new Map(progress && ids.map((id) => [id, progress])),
    },
    starter: aStarter(table, queue, journal),
    now: () => NOW,
  });
  const call = (
    operation: string,
    {
      id,
      body,
      query = {},
      orgId = ORG,
    }: { id?: string; body?: unknown; query?: object; orgId?: string } = {},
  ) => {
    const [method, route] = operation.split(' ') as [string, string];
    const request = aRequest({
      method,
      route,
      orgId,
      pathParameters: { segmentId: id },
      query: { ...query },
    });
    return serve(
      SEGMENTS,
      operations,
    )({
      ...request,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  };
  return { call, journal, table, pageRequests, stored, sent };
};
