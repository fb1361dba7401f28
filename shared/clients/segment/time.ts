import { type Checked, rejected, valid } from '../checked.ts';
import type { Fields } from '../sent-value.ts';
import { parseVendorTime, timeReason } from '../vendor-time.ts';

/** The fields that say when a message was true, the first that is there counts. */
const TIME_FIELDS = ['timestamp', 'originalTimestamp'] as const;

/**
 * When a message was true: its `timestamp`, else its `originalTimestamp`, else the moment of arrival.
 *
 * Segment and RudderStack correct the latter by the difference between `sentAt` and the arrival, in case the client's clock
 * is wrong. Here it is taken as it is: each retry has another `sentAt` and another arrival, so the same message would be
 * another event. Sources: Segment documentation, "Spec: Common fields"; RudderStack documentation, "Clock skew".
 *
 * @param receivedAt - when the message arrived, ms since 1970
 */
export const timeOf = (message: Fields, receivedAt: number): Checked<number> => {
  for (const field of TIME_FIELDS) {
    const at = parseVendorTime(message[field]);
    if (at === undefined) continue;
    const reason = timeReason(at, receivedAt, field);
    return reason === undefined ? valid(at) : rejected(field, reason);
  }
  return valid(receivedAt);
};
