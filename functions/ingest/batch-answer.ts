import { beginningOfBytes, MAX_ANSWER_BYTES, sentBytes, sentTextBytes } from '#shared/http/answer-size.ts';
import type { ApiResponse } from '#shared/http/api.ts';
import { ApiError } from '#shared/http/api-error.ts';
import type { EntryError, ImportOutcome, Stored } from '#shared/imports/outcome.ts';

/** The header with the id of the import, which is also that of its receipt. */
export const IMPORT_ID_HEADER = 'x-import-id';

/** The terms in which an endpoint describes the outcomes of its imports. */
export interface AnswerShape {
  /** The term for its entries in messages. */
  readonly noun: 'events' | 'contacts';
  /** The field by which most entries name their contact; their errors always have it. */
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
  if (outcome.kind !== 'completed') throw notCompleted(outcome, noun);
  const { importId, imported, errors } = outcome;
  const stored = more(outcome);
  const taken = errors.length === 0 ? 0 : sentBytes(JSON.stringify(stored));
  const room = MAX_ANSWER_BYTES - FRAME_BYTES - taken;
  return {
    statusCode: 200,
    headers: { [IMPORT_ID_HEADER]: importId },
    body: {
      imported,
      skipped: errors.length,
      errors: errorsThatFit(errors, room, identifierField),
      ...stored,
    },
  };
};

/** The counts and the names of the arrays, in bytes; less than 100. */
const FRAME_BYTES = 1_000;

/**
 * The refused entries as the response lists them. If they do not fit into the room, each gets an equal part of it, and
 * identifiers are shortened to fit.
 *
 * A response always fits, so an import needs no check before it stores entries: of 10,000 entries (the most that a
 * request may have), each has 576 bytes, while a stored contact takes at most 360, with three identities that are not
 * linked, and all of a refusal but its identifier at most 560. That is the frame
 * of 76 bytes if another field names the contact, and the longest reason: `Invalid event type: '…'` with 64 characters of
 * at most seven bytes.
 */
const errorsThatFit = (
  errors: readonly EntryError[],
  room: number,
  identifierField: AnswerShape['identifierField'],
): readonly object[] => {
  const listed = ({ index, field = identifierField, identifier, reason }: EntryError) =>
    field === identifierField
      ? { index, [field]: identifier, reason }
      : { index, [identifierField]: null, [field]: identifier, reason };
  const whole = errors.map(listed);
  if (sentBytes(JSON.stringify(whole)) <= room) return whole;
  const share = Math.floor(room / errors.length);
  return errors.map((error) => {
    const { identifier } = error;
    const excess = sentBytes(JSON.stringify(listed(error))) + 1 - share;
    if (identifier === null || excess <= 0) return listed(error);
    const kept = sentTextBytes(identifier) - excess;
    return listed({ ...error, identifier: beginningOfBytes(identifier, kept) });
  });
};

/**
 * The error for an import that was not completed in time: 503.
 * @param noun - the term for its entries
 * @param whatToDo - @default - that sending the same batch again is safe
 */
export const notCompleted = (
  outcome: Exclude<ImportOutcome, { readonly kind: 'completed' }>,
  noun: string,
  whatToDo = 'Sending the same batch again is safe.',
): ApiError => {
  const unavailable = (code: 'not_all_stored' | 'unavailable', message: string, importId?: string) =>
    new ApiError(503, code, `${message} ${whatToDo}`, {
      headers: importId === undefined ? {} : { [IMPORT_ID_HEADER]: importId },
    });
  switch (outcome.kind) {
    case 'incomplete': {
      const { left, imported, importId } = outcome;
      const message = `${left} of ${imported + left} ${noun} could not be stored in time.`;
      return unavailable('not_all_stored', message, importId);
    }
    case 'nothing-stored':
      return unavailable(
        'not_all_stored',
        `${outcome.left} of ${outcome.left} ${noun} could not be stored in time.`,
      );
    case 'not-closed':
      return unavailable('unavailable', 'The receipt could not be completed in time.', outcome.importId);
  }
};
