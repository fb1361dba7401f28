import * as v from 'valibot';
import { ScoringSettingsSchema } from '../../scoring/scoring-settings.ts';
import { DurationSchema } from '../../time/duration.ts';
import * as examples from '../examples.ts';
import { servedBy } from '../operation.ts';

/** Settings in responses: complete, unlike those of requests. */
const SETTINGS = {
  halfLives: v.object({ engagement: DurationSchema, locationInterest: DurationSchema }),
  weights: v.record(v.string(), v.number()),
  track: v.pipe(v.record(v.string(), v.number()), v.description('The weights of named events, by name')),
  trackDefault: v.pipe(v.number(), v.description('The weight of all other named events')),
};

/** The response of `setScoring`. */
const ScoringAnswerSchema = v.object({
  ...SETTINGS,
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
      schema: v.object(SETTINGS),
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
    errors: [],
  },
});
