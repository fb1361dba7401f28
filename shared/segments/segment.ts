import * as v from 'valibot';
import { strictFields } from '../json/issue-text.ts';
import { SegmentRuleSchema } from './rule.ts';

/** More would make each refresh slower for all; a page of a list is no larger either. */
export const MAX_SEGMENTS = 200;

const NAME = 'must be a string of 1 to 128 characters';

/** The body of `POST /v1/segments` and `PUT /v1/segments/{segmentId}`. */
export const SegmentBodySchema = strictFields({
  name: v.pipe(v.string(NAME), v.minLength(1, NAME), v.maxLength(128, NAME)),
  rule: SegmentRuleSchema,
});
export type SegmentBody = v.InferOutput<typeof SegmentBodySchema>;

/** A segment as it is stored. */
export interface StoredSegment extends SegmentBody {
  readonly id: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** The job that evaluates everyone by the rule as it is now. */
  readonly evaluationId: string;
}
