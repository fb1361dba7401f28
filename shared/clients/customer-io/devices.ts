import { MAX_METADATA_DEPTH } from '../../events/event-schemas.ts';
import type { HistoryMessage } from '../../imports/history-message.ts';
import { isTextOf } from '../../json/text.ts';
import { MAX_TOKEN_CHARACTERS } from '../attributes.ts';
import { type Checked, rejected, valid } from '../checked.ts';
import { type Fields, mapOf } from '../sent-value.ts';

/** A person's device. */
export interface Device {
  readonly token: string;
  /** Everything else that was sent of it, such as `platform` and `last_used`. */
  readonly rest: Fields;
}

/**
 * Validates a device.
 * @param tokenField - the field of its token: `id` in version 1, `token` in version 2
 */
export const deviceOf = (sent: unknown, tokenField: 'id' | 'token'): Checked<Device> => {
  const device = mapOf('device', sent, MAX_METADATA_DEPTH);
  if (device.kind === 'rejected') return device;
  const { [tokenField]: token, ...rest } = device.value;
  if (typeof token !== 'string' || !isTextOf(1, MAX_TOKEN_CHARACTERS, token)) {
    const field = `device.${tokenField}`;
    return rejected(field, `${field} must be a string of 1 to ${MAX_TOKEN_CHARACTERS} characters`);
  }
  return valid({ token, rest });
};

/** Devices of a person as a message says them: one that was added, or one that was deleted. */
export const devicesOf = (sent: unknown, isAdded: boolean): Checked<HistoryMessage['devices']> => {
  const device = deviceOf(sent, 'token');
  if (device.kind === 'rejected') return device;
  const { token, rest } = device.value;
  return valid(new Map([[token, isAdded ? JSON.stringify(rest) : 'null']]));
};
