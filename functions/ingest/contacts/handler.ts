import * as v from 'valibot';
import { type ContactEntry, contactFields } from '#shared/contacts/contact-schemas.ts';
import type { ApiOperation, ApiResponse } from '#shared/http/api.ts';
import { contactIdOf } from '#shared/identities/contact-id.ts';
import type { ContactWriter } from '#shared/imports/contact-writer.ts';
import { countReasons, type ReceiptOutcome } from '#shared/imports/receipt.ts';
import type { ReceiptStore } from '#shared/imports/receipt-store.ts';
import { isJsonObject } from '#shared/json/lossless-json.ts';
import {
  asNotCompleted,
  asNothingStored,
  IMPORT_ID_HEADER,
  type ImportProgress,
  type ImportRequest,
  type ImportShape,
  notAllStored,
  openEnvelope,
  type ReportingDeps,
  reported,
  sentString,
} from '../import-request.ts';

/** What importing contacts needs. */
export interface ImportContactsDeps extends ReportingDeps {
  readonly contacts: ContactWriter;
  readonly receipts: Pick<ReceiptStore, 'open' | 'close'>;
}

interface SkippedContact {
  readonly index: number;
  readonly email: string | null;
  readonly reason: string;
}

/** All that a batch says of one contact: later entries have been merged into the first. */
interface Candidate {
  readonly contactId: string;
  readonly indexes: number[];
  entry: ContactEntry;
}

/** Creates or updates contacts by email; the answer has their ids beside the counts, since a refresh takes ids. */
export const createImportContacts =
  (deps: ImportContactsDeps, shape: ImportShape): ApiOperation =>
  async (request) => {
    const { orgId } = request;
    const opened = openEnvelope(request, shape, deps.now);
    const progress: ImportProgress = { retries: 0 };
    const running = importContacts(deps, orgId, opened, progress);
    return reported(deps, orgId, opened.receipt, progress, running);
  };

const importContacts = async (
  deps: ImportContactsDeps,
  orgId: string,
  opened: ImportRequest,
  progress: ImportProgress,
): Promise<ApiResponse> => {
  const { receipt, entries, receivedAt, work, closing } = opened;
  const skipped: SkippedContact[] = [];
  const skip = (index: number, reason: string): void => {
    skipped.push({ index, email: sentString(entries[index], 'email'), reason });
  };
  const candidates = judge(orgId, entries, receivedAt, skip);
  await deps.receipts
    .open(orgId, receipt, new Set(candidates.keys()), work)
    .catch(asNothingStored(entries.length, 'contacts'));

  const onRetry = (): void => {
    progress.retries += 1;
  };
  const sent = new Map([...candidates].map(([contactId, { entry }]) => [contactId, entry]));
  const call = { importId: receipt.id, now: receivedAt };
  const outcomes = await deps.contacts.upsert(orgId, sent, call, { budget: work, onRetry });

  const contacts: { index: number; contactId: string; created: boolean }[] = [];
  let left = 0;
  for (const candidate of candidates.values()) {
    const outcome = outcomes.get(candidate.contactId);
    for (const [nth, index] of candidate.indexes.entries()) {
      if (outcome === undefined) left++;
      else if (outcome.kind === 'rejected') skip(index, outcome.reason);
      else {
        const created = outcome.created && nth === 0;
        contacts.push({ index, contactId: candidate.contactId, created });
      }
    }
  }
  contacts.sort((a, b) => a.index - b.index);
  skipped.sort((a, b) => a.index - b.index);

  const outcome: ReceiptOutcome = {
    state: left === 0 ? 'completed' : 'incomplete',
    imported: contacts.length,
    skipped: skipped.length,
    reasons: countReasons(skipped),
  };
  progress.outcome = outcome;
  await deps.receipts.close(orgId, receipt.id, outcome, closing()).catch(asNotCompleted(receipt.id));
  if (left > 0) throw notAllStored(receipt.id, contacts.length, left, 'contacts');
  return {
    statusCode: 200,
    headers: { [IMPORT_ID_HEADER]: receipt.id },
    body: { imported: contacts.length, skipped: skipped.length, errors: skipped, contacts },
  };
};

const judge = (
  orgId: string,
  entries: readonly unknown[],
  now: number,
  skip: (index: number, reason: string) => void,
): Map<string, Candidate> => {
  const fields = contactFields(now);
  const candidates = new Map<string, Candidate>();
  for (const [index, sent] of entries.entries()) {
    if (!isJsonObject(sent)) {
      skip(index, 'Contact must be an object');
      continue;
    }
    const result = v.safeParse(fields, sent, { abortEarly: true, abortPipeEarly: true });
    if (!result.success) {
      skip(index, result.issues[0].message);
      continue;
    }
    const entry = result.output;
    const contactId = contactIdOf(orgId, entry.email);
    const earlier = candidates.get(contactId);
    if (earlier === undefined) candidates.set(contactId, { contactId, indexes: [index], entry });
    else {
      earlier.indexes.push(index);
      earlier.entry = merged(earlier.entry, entry);
    }
  }
  return candidates;
};

/** Two entries of one contact in the order in which they were sent: the later wins field by field. */
const merged = (earlier: ContactEntry, later: ContactEntry): ContactEntry => ({
  email: later.email,
  externalId: later.externalId ?? earlier.externalId,
  createdAt: later.createdAt ?? earlier.createdAt,
  attributes: new Map([...(earlier.attributes ?? []), ...(later.attributes ?? [])]),
});
