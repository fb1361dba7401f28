import { IMPORT_ID_HEADER, notCompleted } from '#functions/ingest/batch-answer.ts';
import { budgetOf } from '#shared/aws/retry.ts';
import { contactIdsOf, messagesOf } from '#shared/clients/leadvibe/contact-ids.ts';
import { parseCsv } from '#shared/clients/leadvibe/csv.ts';
import { type Row, readHeader } from '#shared/clients/leadvibe/row.ts';
import { uploadedFile } from '#shared/clients/leadvibe/upload.ts';
import { FILE_IMPORTS_PATH } from '#shared/contract/operations/import-files.ts';
import type { ApiOperation, ApiRequest } from '#shared/http/api.ts';
import { ApiError, badRequest } from '#shared/http/api-error.ts';
import { MAX_BODY_BYTES } from '#shared/http/json-body.ts';
import type { Translation } from '#shared/imports/history-message.ts';
import type { ImportBudget } from '#shared/imports/import-run.ts';
import type { MessageImporter } from '#shared/imports/message-import.ts';
import type { LinkStore } from '#shared/linking/link-store.ts';
import type { Clock } from '#shared/time/clock.ts';
import { OutOfTimeError } from '#shared/time/out-of-time.ts';
import { type AdmitDeps, admit } from '../admit.ts';

/** The dependencies of {@link createImportUpload}. */
export interface ImportUploadDeps extends AdmitDeps {
  readonly importMessages: MessageImporter;
  readonly contacts: Pick<LinkStore, 'read'>;
  /** Starts a refresh of any number of contacts. */
  readonly refresh: (orgId: string, contactIds: readonly string[]) => Promise<unknown>;
  readonly now: Clock;
}

/**
 * The maximum number of rows: about as many as can be stored in the time of a request. A body of 6 MB has no more unless its
 * rows are shorter than 63 bytes.
 */
export const MAX_ROWS = 100_000;

/**
 * The time limits for storing the rows and for closing the receipt afterwards, in ms. API Gateway ends a request after 29 s; the
 * rest is for starting the refresh.
 */
const WORK_MS = 20_000;
const CLOSE_MS = 4_000;

const tooLarge = (rule: string): ApiError =>
  new ApiError(
    413,
    'body_too_large',
    `${rule}; nothing was imported. Larger files are imported by ${FILE_IMPORTS_PATH}`,
  );

/** Imports trigger nothing, so the parameter changes nothing; a value that it does not have is an error all the same. */
const checkTriggers = ({ query }: ApiRequest): void => {
  const value = query['skip_triggers'];
  if (value !== undefined && value !== 'true' && value !== 'false') {
    throw badRequest('skip_triggers must be true or false');
  }
};

/** The text of the uploaded file. */
const fileOf = async ({ body, isBodyIntact, contentType }: ApiRequest): Promise<string> => {
  if (Buffer.byteLength(body) > MAX_BODY_BYTES) {
    throw tooLarge(`The body has more than ${MAX_BODY_BYTES} bytes`);
  }
  if (!isBodyIntact) {
    throw badRequest('The file must be UTF-8; it has U+FFFD, which replaces bytes that are not');
  }
  const upload = await uploadedFile(body, contentType);
  if (upload.kind === 'refused') throw badRequest(upload.reason);
  return upload.text;
};

/** The rows of a file. */
const rowsOf = (text: string, receivedAt: number): readonly Row[] => {
  const csv = parseCsv(text, MAX_ROWS);
  if (csv.kind === 'too-many-rows') throw tooLarge(`The file has more than ${MAX_ROWS} rows`);
  if (csv.kind === 'malformed') throw badRequest(csv.reason);
  const header = readHeader(csv.header, receivedAt);
  if (header.kind === 'refused') throw badRequest(header.reason);
  return csv.rows.map(header.translate);
};

/** The messages of rows, of which some may name contacts by their ids. @throws OutOfTimeError */
const translationsOf = async (
  contacts: ImportUploadDeps['contacts'],
  orgId: string,
  rows: readonly Row[],
  budget: ImportBudget,
): Promise<readonly Translation[]> => {
  const ids = [...contactIdsOf(rows)];
  if (ids.length === 0) return rows;
  const directory = await contacts.read(orgId, ids, { budget: budget.work });
  return messagesOf(rows, (id) => directory.ownerOf(id));
};

/** What to do about a file that is not stored as a whole: a row without a timestamp takes another one when it is sent again. */
const whatToDo = (translations: readonly Translation[], receivedAt: number): string =>
  translations.some((each) => each.kind === 'message' && each.message.at === receivedAt)
    ? 'Sending the same file again is safe, except for rows without a timestamp: those that are stored would be stored again.'
    : 'Sending the same file again is safe.';

/**
 * Imports an uploaded CSV file as LeadVibe does: rows that break a rule are counted, and in the receipt; the others are stored,
 * and a refresh of their contacts is started.
 */
export const createImportUpload =
  (deps: ImportUploadDeps): ApiOperation =>
  async (request) => {
    const { importMessages, contacts, refresh, now } = deps;
    const receivedAt = now();
    const orgId = await admit(deps, request);
    checkTriggers(request);
    const budget: ImportBudget = {
      work: budgetOf(WORK_MS, now),
      closing: () => budgetOf(CLOSE_MS, now),
    };
    const rows = rowsOf(await fileOf(request), receivedAt);
    const translations = await translationsOf(contacts, orgId, rows, budget);
    const outcome = await importMessages({ orgId, source: 'leadvibe', translations, receivedAt, budget });
    if (outcome.kind !== 'completed') {
      throw notCompleted(outcome, 'rows', whatToDo(translations, receivedAt));
    }
    const { importId, imported, errors } = outcome;
    if (outcome.contacts.size > 0) await refreshInTime(refresh, orgId, [...outcome.contacts]);
    return {
      statusCode: 202,
      headers: { [IMPORT_ID_HEADER]: importId },
      body: { imported, errors: errors.length, importId },
    };
  };

/** The rows are stored whether or not the refresh can be started: its contacts stay among those affected by imports. */
const refreshInTime = async (
  refresh: ImportUploadDeps['refresh'],
  orgId: string,
  contactIds: readonly string[],
): Promise<void> => {
  try {
    await refresh(orgId, contactIds);
  } catch (error) {
    if (!(error instanceof OutOfTimeError)) throw error;
  }
};
