import type { HistoryMessage, Translation } from '../../imports/history-message.ts';
import { isJsonObject } from '../../json/lossless-json.ts';
import { type Checked, rejected } from '../checked.ts';
import { objectMessages } from './objects.ts';
import { personMessages } from './persons.ts';
import type { TranslationContext } from './time.ts';

const messagesOf = (operation: unknown, context: TranslationContext): Checked<readonly HistoryMessage[]> => {
  if (!isJsonObject(operation)) return rejected(undefined, 'Operation must be an object');
  switch (operation['type']) {
    case 'person':
      return personMessages(operation, context);
    case 'object':
      return objectMessages(operation, context);
    case 'delivery':
      // Whose delivery it is only Customer.io knows.
      return rejected('type', 'Delivery events name no person and are not imported');
    default:
      return rejected('type', 'type must be person, object or delivery');
  }
};

/**
 * Translates an operation of the Track API's version 2, which requests of version 1 are turned into by `operationOfV1`.
 * An operation about several relationships becomes a message for each; it is rejected as a whole. Source: Customer.io
 * documentation, "Track API", version 2.
 *
 * @param operation - as `parseLossless` returns it, not validated yet
 * @returns one message or several, or one rejection
 */
export const translateOperation = (
  operation: unknown,
  context: TranslationContext,
): readonly Translation[] => {
  const messages = messagesOf(operation, context);
  return messages.kind === 'rejected'
    ? [messages]
    : messages.value.map((message) => ({ kind: 'message', message }));
};
