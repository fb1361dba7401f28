import type { ApiResponse } from '#shared/http/api.ts';
import { ApiError } from '#shared/http/api-error.ts';
import type { EntryError, ImportOutcome, Stored } from '#shared/imports/outcome.ts';

/** The header that names the receipt of an import. */
const IMPORT_ID_HEADER = 'x-import-id';

/** How the outcomes of an endpoint read. */
export interface AnswerShape {
  /** What its entries are. */
  readonly noun: 'events' | 'contacts';
  /** The field in which an entry says whose it is; its errors repeat it. */
  readonly identifierField: 'contactEmail' | 'email';
}

/**
 * The answer to an outcome: 200 where all that is valid is stored.
 *
 * @param more - what the body has beside the counts and the errors
 * @throws ApiError 503 where the time was up; the message says that sending the same batch again is safe
 */
export const answerTo = <S extends Stored>(
  outcome: ImportOutcome<S>,
  { noun, identifierField }: AnswerShape,
  more: (stored: S) => object = () => ({}),
): ApiResponse => {
  switch (outcome.kind) {
    case 'completed': {
      const { importId, imported, errors } = outcome;
      const said = ({ index, identifier, reason }: EntryError) => ({
        index,
        [identifierField]: identifier,
        reason,
      });
      return {
        statusCode: 200,
        headers: { [IMPORT_ID_HEADER]: importId },
        body: { imported, skipped: errors.length, errors: errors.map(said), ...more(outcome) },
      };
    }
    case 'incomplete':
      throw notAllStored(outcome.left, outcome.imported + outcome.left, noun, outcome.importId);
    case 'nothing-stored':
      throw notAllStored(outcome.left, outcome.left, noun);
    case 'not-closed':
      throw outOfTime('unavailable', 'The receipt could not be completed in time.', outcome.importId);
  }
};

const notAllStored = (left: number, of: number, noun: string, importId?: string): ApiError =>
  outOfTime('not_all_stored', `${left} of ${of} ${noun} could not be stored in time.`, importId);

/** @param importId - the receipt's, where there is one */
const outOfTime = (code: 'not_all_stored' | 'unavailable', message: string, importId?: string): ApiError =>
  new ApiError(503, code, `${message} Sending the same batch again is safe.`, {
    headers: { 'retry-after': '5', ...(importId !== undefined && { [IMPORT_ID_HEADER]: importId }) },
  });
