import * as v from 'valibot';
import { strictFields } from '../json/issue-text.ts';
import { SegmentRuleSchema } from './rule.ts';

/**
 * The maximum number of segments of an organisation: more would slow down every refresh. A page of a list has the
 * same limit.
 */
export const MAX_SEGMENTS = 200;

const NAME = 'must be a string of 1 to 128 characters, not only white space';

/** The body of `POST /v1/segments` and `PUT /v1/segments/{segmentId}`. */
export const SegmentBodySchema = strictFields({
  name: v.pipe(v.string(NAME), v.minLength(1, NAME), v.maxLength(128, NAME), v.regex(/\S/, NAME)),
  rule: SegmentRuleSchema,
});
/** A body that satisfies {@link SegmentBodySchema}. */
export type SegmentBody = v.InferOutput<typeof SegmentBodySchema>;

/** A stored segment. */
export interface StoredSegment extends SegmentBody {
  readonly id: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** ISO 8601. */
  readonly updatedAt: string;
  /** The job that evaluates all contacts by the current rule. */
  readonly evaluationId: string;
}
