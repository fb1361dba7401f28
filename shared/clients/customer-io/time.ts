import { type Checked, rejected, valid } from '../checked.ts';
import { parseVendorTime, timeReason } from '../vendor-time.ts';

/** The moments that a request is validated against. */
export interface TranslationContext {
  /** When the request arrived, ms since 1970; also the time of what it says without a time of its own. */
  readonly receivedAt: number;
}

/**
 * When what a message says was true, ms since 1970.
 * @param field - the field as the client names it
 */
export const timeOf = (sent: unknown, field: string, { receivedAt }: TranslationContext): Checked<number> => {
  const at = parseVendorTime(sent);
  if (at === undefined) return valid(receivedAt);
  const reason = timeReason(at, receivedAt, field);
  return reason === undefined ? valid(at) : rejected(field, reason);
};
