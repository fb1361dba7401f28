import * as v from 'valibot';
import { budgetOf } from '#shared/aws/retry.ts';
import type { ApiOperation } from '#shared/http/api.ts';
import { ApiError, badRequest } from '#shared/http/api-error.ts';
import { jsonBody } from '#shared/http/json-body.ts';
import { CONTACT_ID } from '#shared/identities/contact-id.ts';
import type { IdentityStore } from '#shared/identities/identity-store.ts';
import { OPEN_AT_MOST_MS } from '#shared/imports/receipt.ts';
import type { ReceiptStore } from '#shared/imports/receipt-store.ts';
import { RefreshBodySchema } from '#shared/refresh/request.ts';
import { type RefreshNamedDeps, refreshNamed } from '#shared/refresh/start.ts';

/** What starting a refresh needs. */
export interface StartRefreshDeps extends RefreshNamedDeps {
  readonly contacts: Pick<IdentityStore, 'existing'>;
  readonly receipts: Pick<ReceiptStore, 'list' | 'unrefreshed' | 'markRefreshed'>;
}

/** Contact ids of one request. Source: product documentation, "Triggering Score Refresh". */
const MAX_CONTACT_IDS = 1_000;

/**
 * Imports that one call works off, and contacts after which it begins no further one: as many as are listed in a second or
 * two. What is left stays open, and the answer says so.
 */
const MAX_IMPORTS = 300;
const MAX_CONTACTS = 100_000;

/** Imports that are looked at to see whether one has just ended: at 5 to 10 at once, those of the last half minute. */
const NEWEST_IMPORTS = 200;

/** Reading takes at most this long; API Gateway waits 29 s. */
const READ_MS = 8_000;

/** DynamoDB's eventually consistent reads lag by a second at most; an import within this time asks for consistent ones. */
const FRESH_MS = 5_000;

/**
 * Starts the refresh of the contacts that are named, or of all that imports have
 * touched since the last such refresh.
 */
export const createStartRefresh = (deps: StartRefreshDeps): ApiOperation => {
  /** Whether an import was at work a moment ago: any that began within a request's time may have ended just now. */
  const isFresh = async (orgId: string): Promise<boolean> => {
    const { items } = await deps.receipts.list(orgId, NEWEST_IMPORTS);
    const now = deps.now();
    return items.some(({ receivedAt, completedAt }) =>
      completedAt === null
        ? now - Date.parse(receivedAt) < OPEN_AT_MOST_MS
        : now - Date.parse(completedAt) < FRESH_MS,
    );
  };

  const named = async (orgId: string, contactIds: readonly string[]) => {
    const asked = [...new Set(contactIds)];
    const possible = asked.filter((id) => CONTACT_ID.test(id));
    const known = await deps.contacts.existing(orgId, possible, { budget: budgetOf(READ_MS, deps.now) });
    const found = possible.filter((id) => known.has(id));
    const refreshId = await refreshNamed(deps, orgId, found, { consistent: await isFresh(orgId) });
    return {
      refreshId,
      accepted: found.length,
      notFound: asked.filter((id) => !known.has(id)),
    };
  };

  const affected = async (orgId: string) => {
    const budget = budgetOf(READ_MS, deps.now);
    const imports = await deps.receipts.unrefreshed(orgId, MAX_IMPORTS + 1, budget);
    const contacts = new Set<string>();
    const now = imports.slice(0, MAX_IMPORTS).filter(({ contactIds }) => {
      if (contacts.size >= MAX_CONTACTS) return false;
      for (const contactId of contactIds) contacts.add(contactId);
      return true;
    });
    const contactIds = [...contacts];
    const refreshId = await refreshNamed(deps, orgId, contactIds, { consistent: await isFresh(orgId) });
    // Only once the refresh is sure to come; and an import that is still at work stays for the next call.
    const ended = now.filter(({ running }) => !running).map(({ id }) => id);
    await deps.receipts.markRefreshed(orgId, ended, budgetOf(READ_MS, deps.now));
    return {
      refreshId,
      accepted: contactIds.length,
      notFound: [],
      moreAffected: imports.length > now.length,
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
    const answer =
      'contactIds' in body.output
        ? await named(request.orgId, body.output.contactIds)
        : await affected(request.orgId);
    return { statusCode: 202, body: answer };
  };
};
