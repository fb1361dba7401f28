import * as v from 'valibot';
import { IdentitySchema } from '../../identities/identity-schemas.ts';
import type { HistoryMessage } from '../../imports/history-message.ts';
import { type Checked, valid } from '../checked.ts';
import { type Fields, fieldsOf, idParser } from '../sent-value.ts';

const userIdOf = idParser('userId');
const anonymousIdOf = idParser('anonymousId');

const SCHEMAS = { email: IdentitySchema('email'), phone: IdentitySchema('phone') };

/**
 * The first valid address or phone number of some objects. An invalid one is none, and does not refuse the message: as a
 * trait, it may be any text that somebody typed in.
 */
const firstValid = (
  field: 'email' | 'phone',
  sources: readonly (Fields | undefined)[],
): string | undefined => {
  for (const source of sources) {
    if (source?.[field] === undefined || source[field] === null) continue;
    const result = v.safeParse(SCHEMAS[field], source[field]);
    if (result.success) return result.output;
  }
  return undefined;
};

/**
 * The identities of the person whom a message is about; empty if it names nobody.
 *
 * Besides the ids, these are `email` and `phone` where clients send them: at the root (June), in `traits`, and in
 * `context.traits` (RudderStack), in this order. The `traits` of a group are those of the company. Sources: Segment
 * documentation, "Spec: Identify", "Spec: Group"; RudderStack documentation, "Identify"; June documentation, "Identify".
 */
export const namesOf = (message: Fields): Checked<HistoryMessage['names']> => {
  const userId = userIdOf(message['userId']);
  if (userId.kind === 'rejected') return userId;
  const anonymousId = anonymousIdOf(message['anonymousId']);
  if (anonymousId.kind === 'rejected') return anonymousId;
  const sources = [
    message,
    message['type'] === 'group' ? undefined : fieldsOf(message['traits']),
    fieldsOf(fieldsOf(message['context'])?.['traits']),
  ];
  const email = firstValid('email', sources);
  const phone = firstValid('phone', sources);
  return valid({
    ...(userId.value !== undefined && { userId: userId.value }),
    ...(email !== undefined && { email }),
    ...(phone !== undefined && { phone }),
    ...(anonymousId.value !== undefined && { anonymousId: anonymousId.value }),
  });
};
