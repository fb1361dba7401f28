import type { Absorbed } from '../../imports/history-message.ts';
import { rejected, valid } from '../checked.ts';
import { idParser } from '../sent-value.ts';
import type { Reader } from './said.ts';

const previousIdOf = idParser('previousId');

/**
 * Reads an `alias`: whoever had the previous id is the user. The message does not say whether that was a user id or an
 * anonymous id, so both are meant; that nobody has the other one changes nothing. Sources: Segment documentation, "Spec: Alias";
 * RudderStack documentation, "Alias".
 */
export const readAlias: Reader = (message, { names: { userId } }) => {
  const previousId = previousIdOf(message['previousId']);
  if (previousId.kind === 'rejected') return previousId;
  const shown = previousId.value;
  if (shown === undefined) return rejected('previousId', 'previousId is required');
  if (userId === undefined) return rejected('userId', 'userId is required');
  const absorbed: Absorbed[] = [{ namespace: 'anonymousId', shown }];
  if (shown !== userId) absorbed.unshift({ namespace: 'userId', shown });
  return valid({ names: { userId }, absorbed });
};
