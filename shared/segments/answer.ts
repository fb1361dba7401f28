import * as v from 'valibot';
import { JobProgressSchema } from '../jobs/progress.ts';
import { issueText } from '../json/issue-text.ts';
import { SegmentRuleSchema } from './rule.ts';

const moment = v.pipe(v.string(), v.isoTimestamp());

/** A segment as the API returns it. */
export const SegmentAnswerSchema = v.object({
  id: v.string(),
  name: v.string(),
  rule: SegmentRuleSchema,
  createdAt: moment,
  updatedAt: moment,
  evaluation: v.pipe(
    JobProgressSchema,
    v.description('The progress of the evaluation of all contacts by the current rule'),
  ),
});
/** A segment that satisfies {@link SegmentAnswerSchema}. */
export type SegmentAnswer = v.InferOutput<typeof SegmentAnswerSchema>;

/** A member as the API returns it. */
export const MemberSchema = v.object({ contactId: v.string(), enteredAt: moment });

/** Formats the first issue of a segment's body: `rule.all[1].event.within must be a duration such as 30d`. */
export const segmentError = (issues: Parameters<typeof issueText>[1]): string =>
  issueText('', issues, 'The body');
