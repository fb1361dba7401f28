import * as v from 'valibot';
import { ScoringSettingsSchema } from '../../scoring/scoring-settings.ts';
import * as examples from '../examples.ts';
import { servedBy } from '../operation.ts';

/** The answer of `setScoring`. */
const ScoringAnswerSchema = v.object({
  ...ScoringSettingsSchema.entries,
  refreshId: v.pipe(v.string(), v.description('The refresh that recomputes everyone')),
});

/** How an organisation scores. */
export const SCORING = servedBy('define/scoring', {
  readScoring: {
    path: '/v1/scoring',
    method: 'GET',
    tag: 'Refresh',
    summary: 'Read the half-lives and weights of scores',
    response: {
      status: 200,
      description: 'All of them, the defaults included',
      schema: ScoringSettingsSchema,
      example: examples.SCORING,
    },
    errors: [],
  },
  setScoring: {
    path: '/v1/scoring',
    method: 'PUT',
    tag: 'Refresh',
    summary: 'Set the half-lives and weights of scores; what is absent has its default',
    description: 'Everyone’s scores are recomputed in the background; the answer names that refresh.',
    request: { schema: ScoringSettingsSchema, example: examples.SCORING },
    response: {
      status: 200,
      description: 'What holds from now on',
      schema: ScoringAnswerSchema,
      example: { ...examples.SCORING, refreshId: examples.PROGRESS.refreshId },
    },
    errors: [400, 413, 415],
  },
});
