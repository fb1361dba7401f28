import { MemberSchema, SegmentAnswerSchema } from '../../segments/answer.ts';
import { SegmentBodySchema } from '../../segments/segment.ts';
import { pageOf } from '../answers.ts';
import * as examples from '../examples.ts';
import { servedBy } from '../operation.ts';
import { LIST_QUERY } from '../parameters.ts';

const segment = {
  status: 200,
  description: 'The segment, and the progress of its evaluation',
  schema: SegmentAnswerSchema,
  example: examples.SEGMENT,
} as const;

/** Defining and reading the segments of an organisation. */
export const SEGMENTS = servedBy('define/segments', {
  listSegments: {
    path: '/v1/segments',
    method: 'GET',
    tag: 'Segments',
    summary: 'List segments in the order of their creation',
    query: LIST_QUERY,
    response: {
      status: 200,
      description: 'A page of segments',
      schema: pageOf(SegmentAnswerSchema),
      example: { items: [examples.SEGMENT], nextCursor: null },
    },
    errors: [],
  },
  createSegment: {
    path: '/v1/segments',
    method: 'POST',
    tag: 'Segments',
    summary: 'Create a segment; all contacts are evaluated in the background',
    request: { schema: SegmentBodySchema, example: examples.SEGMENT_BODY },
    response: { ...segment, status: 201 },
    errors: [409],
  },
  readSegment: {
    path: '/v1/segments/{segmentId}',
    method: 'GET',
    tag: 'Segments',
    summary: 'Read a segment, and the progress of its evaluation',
    response: segment,
    errors: [404],
  },
  changeSegment: {
    path: '/v1/segments/{segmentId}',
    method: 'PUT',
    tag: 'Segments',
    summary: 'Change a segment; all contacts are evaluated again in the background',
    request: { schema: SegmentBodySchema, example: examples.SEGMENT_BODY },
    response: segment,
    errors: [404],
  },
  deleteSegment: {
    path: '/v1/segments/{segmentId}',
    method: 'DELETE',
    tag: 'Segments',
    summary: 'Delete a segment',
    description: 'The segment is deleted at once; its members are updated in the background.',
    response: { status: 204, description: 'Deleted' },
    errors: [404],
  },
  listMembers: {
    path: '/v1/segments/{segmentId}/members',
    method: 'GET',
    tag: 'Segments',
    summary: 'List the members of a segment',
    query: LIST_QUERY,
    response: {
      status: 200,
      description: 'A page of members',
      schema: pageOf(MemberSchema),
      example: { items: [examples.MEMBER], nextCursor: null },
    },
    errors: [404],
  },
});
