import { translateOperation } from '#shared/clients/customer-io/translate.ts';
import type { HistoryMessage, Translation } from '#shared/imports/history-message.ts';
import { parseLossless } from '#shared/json/lossless-json.ts';
import { NOW } from './builders.ts';

type Fields = Readonly<Record<string, unknown>>;

/** An operation about a person as a client sends it, an identify unless overridden. */
export const anOperation = (overrides: Fields = {}): Fields => ({
  type: 'person',
  action: 'identify',
  identifiers: { id: 'u1' },
  ...overrides,
});

/** What an operation is translated to when it arrives now. */
export const translated = (operation: unknown): readonly Translation[] =>
  translateOperation(parseLossless(JSON.stringify(operation)), { receivedAt: NOW });

/** The messages of a valid operation. */
export const messagesOf = (operation: unknown): readonly HistoryMessage[] =>
  translated(operation).map((translation) => {
    if (translation.kind === 'rejected') throw new Error(translation.reason);
    return translation.message;
  });

/** The message of a valid operation that has only one. */
export const messageOf = (operation: unknown): HistoryMessage => {
  const messages = messagesOf(operation);
  if (messages.length !== 1) throw new Error(`${messages.length} messages`);
  return messages[0] as HistoryMessage;
};
