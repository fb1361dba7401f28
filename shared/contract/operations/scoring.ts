import * as v from 'valibot';
import { ScoringSettingsSchema } from '../../scoring/scoring-settings.ts';
import * as examples from '../examples.ts';
import { servedBy } from '../operation.ts';

/** The response of `setScoring`. */
const ScoringAnswerSchema = v.object({
  ...ScoringSettingsSchema.entries,
  refreshId: v.pipe(v.string(), v.description('The refresh that recomputes all contacts')),
});

/** Reading and setting the scoring of an organisation. */
export const SCORING = servedBy('define/scoring', {
  readScoring: {
    path: '/v1/scoring',
    method: 'GET',
    tag: 'Refresh',
    summary: 'Read the half-lives and weights of scores',
    response: {
      status: 200,
      description: 'All half-lives and weights, including defaults',
      schema: ScoringSettingsSchema,
      example: examples.SCORING,
    },
    errors: [],
  },
  setScoring: {
    path: '/v1/scoring',
    method: 'PUT',
    tag: 'Refresh',
    summary: 'Set the half-lives and weights of scores; absent ones have their defaults',
    description:
      'The scores of all contacts are recomputed in the background; the response has the id of that refresh.',
    request: { schema: ScoringSettingsSchema, example: examples.SCORING },
    response: {
      status: 200,
      description: 'The settings from now on',
      schema: ScoringAnswerSchema,
      example: { ...examples.SCORING, refreshId: examples.PROGRESS.refreshId },
    },
    errors: [400, 413, 415],
  },
});
