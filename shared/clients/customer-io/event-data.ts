import { MAX_METADATA_DEPTH } from '../../events/event-schemas.ts';
import { type Checked, rejected, valid } from '../checked.ts';
import { type Fields, fieldsOf, mapOf } from '../sent-value.ts';

/** The maximum length of an event's data as JSON. Source: Customer.io documentation, "Track API", limits. */
const MAX_BYTES = 100_000;

/** One level is left for the object that is put around the data of a view. */
const MAX_DEPTH = MAX_METADATA_DEPTH - 1;

/**
 * Validates what an event says beside its name.
 * @param field - the field as the client names it: `data` in version 1, `attributes` in version 2
 */
export const eventData = (sent: unknown, field: string): Checked<Fields> => {
  const data = mapOf(field, sent, MAX_DEPTH);
  if (data.kind === 'rejected') {
    return fieldsOf(sent) === undefined ? rejected(field, 'event data must be a hash') : data;
  }
  return Buffer.byteLength(JSON.stringify(data.value)) > MAX_BYTES
    ? rejected(field, `event data cannot be longer than ${MAX_BYTES} bytes`)
    : valid(data.value);
};
