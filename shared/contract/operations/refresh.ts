import { ProgressSchema } from '../../refresh/progress.ts';
import { DocumentedRefreshBodySchema, RefreshAnswerSchema } from '../../refresh/request.ts';
import { ScoringSettingsSchema } from '../../scoring/scoring-settings.ts';
import { ScoringAnswerSchema } from '../answers.ts';
import * as examples from '../examples.ts';
import type { Operation } from '../operation.ts';

/** The routes of refreshes, and of the scoring that they go by. */
export const REFRESH_OPERATIONS: readonly Operation[] = [
  {
    path: '/v1/contacts/backfill/refresh',
    method: 'POST',
    operationId: 'startRefresh',
    tag: 'Refresh',
    summary: 'Recompute scores, location interests and segments of contacts from their whole histories',
    description:
      'Of the contacts that are named, or with `{"affected": true}` of all that imports have touched since the last ' +
      'such refresh. Historical events never recompute by themselves.',
    request: { schema: DocumentedRefreshBodySchema, example: examples.REFRESH },
    response: {
      status: 202,
      description: 'The refresh goes on in the background',
      schema: RefreshAnswerSchema,
      example: examples.REFRESH_ANSWER,
    },
    errors: [400, 413, 415, 503],
  },
  {
    path: '/v1/contacts/backfill/refresh/{refreshId}',
    method: 'GET',
    operationId: 'readRefresh',
    tag: 'Refresh',
    summary: 'See how far a refresh is',
    response: {
      status: 200,
      description: 'Each contact counts once',
      schema: ProgressSchema,
      example: examples.PROGRESS,
    },
    errors: [404],
  },
  {
    path: '/v1/scoring',
    method: 'GET',
    operationId: 'readScoring',
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
  {
    path: '/v1/scoring',
    method: 'PUT',
    operationId: 'setScoring',
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
];
