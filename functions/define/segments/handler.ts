import * as v from 'valibot';
import type { Handlers } from '#shared/contract/operation.ts';
import type { SEGMENTS } from '#shared/contract/operations/segments.ts';
import type { ApiRequest, ApiResponse } from '#shared/http/api.ts';
import { ApiError, badRequest, notFound } from '#shared/http/api-error.ts';
import { wellFormedBody } from '#shared/http/json-body.ts';
import { cursorOf, limitOf, listEntry, pageOf } from '#shared/http/paging.ts';
import { positionOfContact, ShardPositionSchema } from '#shared/identities/shards.ts';
import type { JobProgress } from '#shared/jobs/progress.ts';
import type { JobReader } from '#shared/jobs/reader.ts';
import { refreshEveryone, refreshMembers, type StartRefreshesDeps } from '#shared/refresh/start.ts';
import { type SegmentAnswer, segmentError } from '#shared/segments/answer.ts';
import {
  MAX_SEGMENTS,
  type SegmentBody,
  SegmentBodySchema,
  type StoredSegment,
} from '#shared/segments/segment.ts';
import type { SegmentStore } from '#shared/segments/segment-store.ts';
import { isId, newId } from '#shared/time/ids.ts';
import { OutOfTimeError } from '#shared/time/out-of-time.ts';

/** The dependencies of {@link createSegments}. */
export interface SegmentsDeps extends StartRefreshesDeps {
  readonly segments: SegmentStore;
  readonly progress: JobReader;
}

const IdCursorSchema = v.pipe(
  v.string(),
  v.check((id) => isId('seg', id)),
);

/**
 * The evaluation of a segment whose job has expired: progress is kept for a month, and no evaluation runs
 * that long.
 */
const EXPIRED_EVALUATION: JobProgress = { status: 'completed', total: 0, done: 0, failed: 0 };

const tooMany = (): ApiError =>
  new ApiError(409, 'conflict', `There are ${MAX_SEGMENTS} segments already, which is the maximum`);

/** Unlike other requests, creating a segment again would create a second one. */
const perhapsCreated = (): ApiError =>
  new ApiError(
    503,
    'unavailable',
    'This took too long. The segment may have been created: list the segments before you send the request again.',
  );

const bodyOf = (request: ApiRequest): SegmentBody => {
  const body = v.safeParse(SegmentBodySchema, wellFormedBody(request));
  if (!body.success) throw badRequest(segmentError(body.issues));
  return body.output;
};

/**
 * The operations on segments. Creating or changing one evaluates all contacts in the background; `evaluation`
 * is the progress. Deleting one takes effect at once; its members are updated in the background.
 */
export const createSegments = (deps: SegmentsDeps): Handlers<typeof SEGMENTS> => {
  const { segments, progress, now } = deps;

  const answerOf = async (
    orgId: string,
    { evaluationId, ...rest }: StoredSegment,
  ): Promise<SegmentAnswer> => ({
    ...rest,
    evaluation: (await progress.read(orgId, evaluationId)) ?? EXPIRED_EVALUATION,
  });

  const answersOf = async (orgId: string, page: readonly StoredSegment[]): Promise<SegmentAnswer[]> => {
    const evaluations = await progress.readMany(
      orgId,
      page.map(({ evaluationId }) => evaluationId),
    );
    return page.map(({ evaluationId, ...rest }) => ({
      ...rest,
      evaluation: evaluations.get(evaluationId) ?? EXPIRED_EVALUATION,
    }));
  };

  const existing = async ({ orgId, pathParameters }: ApiRequest): Promise<StoredSegment> => {
    const { segmentId } = pathParameters;
    const segment = isId('seg', segmentId) ? await segments.get(orgId, segmentId) : undefined;
    if (segment === undefined) throw notFound('Segment not found');
    return segment;
  };

  /**
   * Stores the segment and starts its evaluation.
   * @param before - the previous segment; undefined if it is new
   */
  const save = async (
    orgId: string,
    segment: Omit<StoredSegment, 'evaluationId'>,
    before: StoredSegment | undefined,
  ): Promise<ApiResponse> => {
    const isNew = before === undefined;
    const evaluationId = await refreshEveryone(deps, orgId, {
      store: async (refreshId) => {
        const evaluated = { ...segment, evaluationId: refreshId };
        if (isNew && !(await segments.create(orgId, evaluated))) throw tooMany();
        if (!isNew && !(await segments.replace(orgId, evaluated))) throw notFound('Segment not found');
      },
      undo: () => (isNew ? segments.remove(orgId, segment.id) : segments.replace(orgId, before)),
      supersedes: before?.evaluationId,
    });
    return { statusCode: isNew ? 201 : 200, body: await answerOf(orgId, { ...segment, evaluationId }) };
  };

  return {
    listSegments: async (request) => {
      const limit = limitOf(request);
      const after = cursorOf(request, IdCursorSchema);
      const { segments: all } = await segments.definitions(request.orgId);
      const rest = after === undefined ? all : all.filter(({ id }) => id > after);
      const page = rest.slice(0, limit);
      const answers = await answersOf(request.orgId, page);
      const entries = answers.map((segment) => listEntry(segment, segment.id));
      return {
        statusCode: 200,
        body: await pageOf(entries, rest.length > limit ? page.at(-1)?.id : undefined),
      };
    },

    createSegment: async (request) => {
      const body = bodyOf(request);
      const { segments: all } = await segments.definitions(request.orgId);
      // Refused before a job is created; of several requests at once, storing the segment admits only as many as fit.
      if (all.length >= MAX_SEGMENTS) throw tooMany();
      const at = new Date(now()).toISOString();
      const segment = { id: newId('seg', now), ...body, createdAt: at, updatedAt: at };
      return save(request.orgId, segment, undefined).catch((error) => {
        throw error instanceof OutOfTimeError ? perhapsCreated() : error;
      });
    },

    readSegment: async (request) => ({
      statusCode: 200,
      body: await answerOf(request.orgId, await existing(request)),
    }),

    changeSegment: async (request) => {
      const body = bodyOf(request);
      const before = await existing(request);
      const { id, createdAt } = before;
      const updatedAt = new Date(now()).toISOString();
      return save(request.orgId, { id, ...body, createdAt, updatedAt }, before);
    },

    deleteSegment: async (request) => {
      const { orgId } = request;
      const before = await existing(request);
      // The members are refreshed by definitions without the segment, and so leave it.
      await refreshMembers(deps, orgId, before.id, {
        store: async () => {
          if (!(await segments.remove(orgId, before.id))) throw notFound('Segment not found');
        },
        // Refused only if another request has taken the last free place: then it stays deleted, as was asked.
        undo: () => segments.create(orgId, before),
        supersedes: before.evaluationId,
      });
      return { statusCode: 204, body: {} };
    },

    listMembers: async (request) => {
      const limit = limitOf(request);
      const from = cursorOf(request, ShardPositionSchema) ?? [0, null];
      const { id } = await existing(request);
      const { items, next } = await segments.members(request.orgId, id, limit, from);
      const entries = items.map((member) => listEntry(member, positionOfContact(member.contactId)));
      return { statusCode: 200, body: await pageOf(entries, next) };
    },
  };
};
