import * as v from 'valibot';
import { budgetOf } from '#shared/aws/retry.ts';
import type { ApiOperation } from '#shared/http/api.ts';
import { ApiError, badRequest, notFound } from '#shared/http/api-error.ts';
import { wellFormedBody } from '#shared/http/json-body.ts';
import { CONTACT_ID } from '#shared/identities/contact-id.ts';
import { MAX_IDENTITIES } from '#shared/identities/identity.ts';
import type { Merge, MergeOutcome } from '#shared/linking/merge.ts';
import { identityOfRef, MergeBodySchema } from '#shared/linking/merge-request.ts';
import type { Clock } from '#shared/time/clock.ts';

/** The dependencies of {@link createMergeContacts}. */
export interface MergeContactsDeps {
  readonly merge: Merge;
  /** Refreshes contacts that others have become one with. */
  readonly refresh: (orgId: string, contactIds: readonly string[]) => Promise<void>;
  readonly now: Clock;
}

/** The time limit for a merge, in ms; API Gateway ends a request after 29 s. */
const MERGE_MS = 20_000;

const IMPOSSIBLE: Readonly<Record<Extract<MergeOutcome, { kind: 'impossible' }>['reason'], string>> = {
  too_many_identities: `The contacts have more than ${MAX_IDENTITIES} identities together; nothing was changed`,
  contact_too_large:
    'The contacts have more attributes together than a contact can have; nothing was changed',
};

/** Makes two contacts one; each is named by its id or by one of its identities. */
export const createMergeContacts =
  ({ merge, refresh, now }: MergeContactsDeps): ApiOperation =>
  async (request) => {
    const { orgId } = request;
    const body = v.safeParse(MergeBodySchema, wellFormedBody(request), { abortPipeEarly: true });
    if (!body.success) throw badRequest(body.issues[0].message);
    const from = identityOfRef(orgId, body.output.from);
    const into = identityOfRef(orgId, body.output.into);
    for (const [field, id] of Object.entries({ from, into })) {
      if (!CONTACT_ID.test(id)) throw notFound(`Contact not found: ${field}`);
    }
    if (from === into) throw badRequest('from and into must be different');
    const outcome = await merge(orgId, from, into, { now: now(), budget: budgetOf(MERGE_MS, now) });
    if (outcome.kind === 'not-found') throw notFound(`Contact not found: ${outcome.which}`);
    if (outcome.kind === 'impossible') throw new ApiError(409, 'conflict', IMPOSSIBLE[outcome.reason]);
    const { contactId, merged } = outcome;
    if (merged) await refresh(orgId, [contactId]);
    return { statusCode: 200, body: { contactId, merged } };
  };
