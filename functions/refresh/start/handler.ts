import * as v from 'valibot';
import { budgetOf } from '#shared/aws/retry.ts';
import type { ApiOperation } from '#shared/http/api.ts';
import { ApiError, badRequest } from '#shared/http/api-error.ts';
import { wellFormedBody } from '#shared/http/json-body.ts';
import { CONTACT_ID } from '#shared/identities/contact-id.ts';
import type { IdentityStore } from '#shared/identities/identity-store.ts';
import { OPEN_AT_MOST_MS, RECEIPT_TYPES } from '#shared/imports/receipt.ts';
import type { ReceiptStore } from '#shared/imports/receipt-store.ts';
import { beginningOf, MAX_ECHO } from '#shared/json/text.ts';
import { MAX_CONTACT_IDS, RefreshBodySchema } from '#shared/refresh/request.ts';
import { type RefreshNamedDeps, refreshNamed } from '#shared/refresh/start.ts';

/** The dependencies of {@link createStartRefresh}. */
export interface StartRefreshDeps extends RefreshNamedDeps {
  readonly contacts: Pick<IdentityStore, 'find'>;
  readonly receipts: Pick<ReceiptStore, 'list' | 'unrefreshed' | 'markRefreshed'>;
}

/**
 * The maximum number of imports that one call processes, and the number of contacts after which it takes no
 * further import: as many as can be listed in a second or two. The remaining imports stay pending, which the
 * response indicates.
 */
const MAX_IMPORTS = 300;
const MAX_CONTACTS = 100_000;

/**
 * The number of imports that are checked for one that has just ended: with 5 to 10 concurrent imports, those
 * of the last half minute.
 */
const NEWEST_IMPORTS = 200;

/** The time limit for reads, in ms; API Gateway waits 29 s. */
const READ_MS = 8_000;

/**
 * Eventually consistent reads of DynamoDB lag by a second at most; after an import within this time, in ms,
 * strongly consistent ones are used.
 */
const FRESH_MS = 5_000;

/**
 * Starts a refresh of the named contacts, or of all contacts that imports have affected since the last such
 * refresh.
 */
export const createStartRefresh = (deps: StartRefreshDeps): ApiOperation => {
  /**
   * Whether an import has just been running: one that began within the duration of a request may have ended
   * just now.
   */
  const isFresh = async (orgId: string): Promise<boolean> => {
    const { items } = await deps.receipts.list(orgId, RECEIPT_TYPES, NEWEST_IMPORTS);
    const now = deps.now();
    return items.some(({ receivedAt, completedAt }) =>
      completedAt === null
        ? now - Date.parse(receivedAt) < OPEN_AT_MOST_MS
        : now - Date.parse(completedAt) < FRESH_MS,
    );
  };

  const named = async (orgId: string, contactIds: readonly string[]) => {
    const requested = [...new Set(contactIds)];
    const possible = requested.filter((id) => CONTACT_ID.test(id));
    const known = await deps.contacts.find(orgId, possible, { budget: budgetOf(READ_MS, deps.now) });
    // Several ids may be identities of one contact.
    const found = [...new Set(possible.flatMap((id) => known.get(id)?.contactId ?? []))];
    const refreshId = await refreshNamed(deps, orgId, found, { consistent: await isFresh(orgId) });
    return {
      refreshId,
      accepted: found.length,
      // Shortened, so that the response fits whatever was sent; no contact has an id of that length.
      notFound: requested.filter((id) => !known.has(id)).map((id) => beginningOf(id, MAX_ECHO)),
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
    // Only after the refresh is started; an import that is still running stays for the next call.
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
    const body = v.safeParse(RefreshBodySchema, wellFormedBody(request));
    if (!body.success) throw badRequest(body.issues[0].message);
    const { contactIds } = body.output;
    if (contactIds !== undefined && contactIds.length > MAX_CONTACT_IDS) {
      throw new ApiError(
        413,
        'batch_too_large',
        `"contactIds" has ${contactIds.length} entries, at most ${MAX_CONTACT_IDS} are allowed; nothing was started`,
      );
    }
    const answer =
      contactIds === undefined ? await affected(request.orgId) : await named(request.orgId, contactIds);
    return { statusCode: 202, body: answer };
  };
};
