import * as v from 'valibot';
import type { Handlers } from '#shared/contract/operation.ts';
import type { SCORING } from '#shared/contract/operations/scoring.ts';
import { badRequest } from '#shared/http/api-error.ts';
import { wellFormedBody } from '#shared/http/json-body.ts';
import { refreshEveryone, type StartRefreshesDeps } from '#shared/refresh/start.ts';
import { ScoringSettingsSchema, scoringError } from '#shared/scoring/scoring-settings.ts';
import type { ScoringStore } from '#shared/scoring/scoring-store.ts';

/** The dependencies of {@link createScoring}. */
export interface ScoringDeps extends StartRefreshesDeps {
  readonly scoring: ScoringStore;
}

/**
 * The operations on the half-lives and weights of an organisation. Setting them recomputes the scores of all
 * contacts in the background; the response has the id of that refresh.
 */
export const createScoring = (deps: ScoringDeps): Handlers<typeof SCORING> => ({
  readScoring: async ({ orgId }) => ({
    statusCode: 200,
    body: (await deps.scoring.get(orgId)).settings,
  }),

  setScoring: async (request) => {
    const settings = v.safeParse(ScoringSettingsSchema, wellFormedBody(request));
    if (!settings.success) throw badRequest(scoringError(settings.issues));
    const before = await deps.scoring.get(request.orgId);
    const refreshId = await refreshEveryone(deps, request.orgId, {
      store: (refreshId) => deps.scoring.put(request.orgId, { settings: settings.output, refreshId }),
      undo: () => deps.scoring.put(request.orgId, before),
      supersedes: before.refreshId,
    });
    return { statusCode: 200, body: { ...settings.output, refreshId } };
  },
});
