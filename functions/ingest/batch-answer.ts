import type { ApiResponse } from '#shared/http/api.ts';
import { ApiError } from '#shared/http/api-error.ts';
import type { EntryError, ImportOutcome, Stored } from '#shared/imports/outcome.ts';

/** The header with the id of the import, which is also that of its receipt. */
const IMPORT_ID_HEADER = 'x-import-id';

/** The terms in which an endpoint describes the outcomes of its imports. */
export interface AnswerShape {
  /** The term for its entries in messages. */
  readonly noun: 'events' | 'contacts';
  /** The field with the identifier of the contact, in entries and in their errors. */
  readonly identifierField: 'contactEmail' | 'email';
}

/**
 * The response to the outcome of an import: 200 if it is completed.
 *
 * @param more - fields of the body in addition to the counts and the errors
 * @throws ApiError 503 if time ran out; the message states that sending the same batch again is safe
 */
export const answerTo = <S extends Stored>(
  outcome: ImportOutcome<S>,
  { noun, identifierField }: AnswerShape,
  more: (stored: S) => object = () => ({}),
): ApiResponse => {
  switch (outcome.kind) {
    case 'completed': {
      const { importId, imported, errors } = outcome;
      const errorOf = ({ index, identifier, reason }: EntryError) => ({
        index,
        [identifierField]: identifier,
        reason,
      });
      return {
        statusCode: 200,
        headers: { [IMPORT_ID_HEADER]: importId },
        body: { imported, skipped: errors.length, errors: errors.map(errorOf), ...more(outcome) },
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

/** @param importId - the id of the receipt, if there is one */
const outOfTime = (code: 'not_all_stored' | 'unavailable', message: string, importId?: string): ApiError =>
  new ApiError(503, code, `${message} Sending the same batch again is safe.`, {
    headers: importId === undefined ? {} : { [IMPORT_ID_HEADER]: importId },
  });
