import { MemberSchema, SegmentAnswerSchema } from '../../segments/answer.ts';
import { SegmentBodySchema } from '../../segments/segment.ts';
import { pageOf } from '../answers.ts';
import * as examples from '../examples.ts';
import { LIST_QUERY, servedBy } from '../operation.ts';

const segment = {
  status: 200,
  description: 'The segment, and how far its evaluation is',
  schema: SegmentAnswerSchema,
  example: examples.SEGMENT,
} as const;

/** An organisation's segments. */
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
    errors: [400],
  },
  createSegment: {
    path: '/v1/segments',
    method: 'POST',
    tag: 'Segments',
    summary: 'Create a segment; all contacts are evaluated in the background',
    request: { schema: SegmentBodySchema, example: examples.SEGMENT_BODY },
    response: { ...segment, status: 201 },
    errors: [400, 409, 413, 415],
  },
  readSegment: {
    path: '/v1/segments/{segmentId}',
    method: 'GET',
    tag: 'Segments',
    summary: 'Read a segment, and how far its evaluation is',
    response: segment,
    errors: [404],
  },
  changeSegment: {
    path: '/v1/segments/{segmentId}',
    method: 'PUT',
    tag: 'Segments',
    summary: 'Change a segment; all contacts are evaluated anew in the background',
    request: { schema: SegmentBodySchema, example: examples.SEGMENT_BODY },
    response: segment,
    errors: [400, 404, 413, 415],
  },
  deleteSegment: {
    path: '/v1/segments/{segmentId}',
    method: 'DELETE',
    tag: 'Segments',
    summary: 'Delete a segment',
    description: 'It is gone at once; what its members have of it goes in the background.',
    response: { status: 204, description: 'Gone' },
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
    errors: [400, 404],
  },
});
