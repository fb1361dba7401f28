import * as v from 'valibot';
import { budgetOf, OutOfTimeError } from '#shared/aws/retry.ts';
import type { QueueSender } from '#shared/aws/sqs.ts';
import { CONTACT_ID } from '#shared/contacts/contact-id.ts';
import type { ContactStore } from '#shared/contacts/contact-store.ts';
import type { ReceiptStore } from '#shared/receipts/receipt-store.ts';
import type { RefreshMessage } from '#shared/refresh/messages.ts';
import type { ProgressStore } from '#shared/refresh/progress-store.ts';
import { RefreshBodySchema } from '#shared/refresh/request.ts';
import { startJob } from '#shared/refresh/start-job.ts';
import type { ApiOperation } from '#shared/runtime/api.ts';
import { ApiError, badRequest } from '#shared/runtime/api-error.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { jsonBody } from '#shared/runtime/json-body.ts';

/** What starting a refresh needs. */
export interface StartRefreshDeps {
  readonly contacts: Pick<ContactStore, 'existing'>;
  readonly receipts: Pick<ReceiptStore, 'list' | 'unrefreshed' | 'markRefreshed'>;
  readonly progress: Pick<ProgressStore, 'begin'>;
  readonly workers: QueueSender<RefreshMessage>;
  readonly now: Clock;
}

/** Contact ids of one request. Source: product documentation, "Triggering Score Refresh". */
const MAX_CONTACT_IDS = 1_000;

/**
 * Imports that one call works off: of the largest, three million contacts. What is left stays open, and the answer says so.
 */
const MAX_IMPORTS = 300;

/** Reading takes at most this long; API Gateway waits 29 s. */
const READ_MS = 8_000;

/** DynamoDB's eventually consistent reads lag by a second at most; an import within this time asks for consistent ones. */
const FRESH_MS = 5_000;

/**
 * `POST /v1/contacts/backfill/refresh`: starts the refresh of the contacts that are named, or of all that imports have
 * touched since the last such refresh.
 */
export const createStartRefresh = (deps: StartRefreshDeps): ApiOperation => {
  /** Whether an import was at work a moment ago. */
  const isFresh = async (orgId: string): Promise<boolean> => {
    const [newest] = (await deps.receipts.list(orgId, 1)).items;
    if (newest === undefined) return false;
    const until = newest.completedAt === null ? deps.now() : Date.parse(newest.completedAt);
    return deps.now() - until < FRESH_MS;
  };

  const named = async (orgId: string, contactIds: readonly string[]) => {
    const asked = [...new Set(contactIds)];
    const possible = asked.filter((id) => CONTACT_ID.test(id));
    const known = await deps.contacts.existing(orgId, possible, { budget: budgetOf(READ_MS, deps.now) });
    const found = possible.filter((id) => known.has(id));
    const refreshId = await startJob(deps, orgId, found, await isFresh(orgId));
    return {
      refreshId,
      accepted: found.length,
      notFound: asked.filter((id) => !known.has(id)),
    };
  };

  const affected = async (orgId: string) => {
    const budget = budgetOf(READ_MS, deps.now);
    const imports = await deps.receipts.unrefreshed(orgId, MAX_IMPORTS + 1, budget);
    const now = imports.slice(0, MAX_IMPORTS);
    const contactIds = [...new Set(now.flatMap((touched) => touched.contactIds))];
    const refreshId = await startJob(deps, orgId, contactIds, await isFresh(orgId));
    // Only after the messages are in the queue; and an import that is still at work stays for the next call.
    const ended = now.filter(({ running }) => !running).map(({ id }) => id);
    await deps.receipts.markRefreshed(orgId, ended, budgetOf(READ_MS, deps.now));
    return {
      refreshId,
      accepted: contactIds.length,
      notFound: [],
      moreAffected: imports.length > MAX_IMPORTS,
    };
  };

  return async (request) => {
    const body = v.safeParse(RefreshBodySchema, jsonBody(request));
    if (!body.success) throw badRequest(body.issues[0].message);
    if ('contactIds' in body.output && body.output.contactIds.length > MAX_CONTACT_IDS) {
      throw new ApiError(
        413,
        'batch_too_large',
        `"contactIds" has ${body.output.contactIds.length} entries, at most ${MAX_CONTACT_IDS} are allowed; nothing was started`,
      );
    }
    try {
      const answer =
        'contactIds' in body.output
          ? await named(request.orgId, body.output.contactIds)
          : await affected(request.orgId);
      return { statusCode: 202, body: answer };
    } catch (error) {
      if (!(error instanceof OutOfTimeError)) throw error;
      throw new ApiError(503, 'unavailable', 'This took too long. Sending the same request again is safe.', {
        headers: { 'retry-after': '5' },
        cause: error,
      });
    }
  };
};
