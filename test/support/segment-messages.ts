import { translateSegment } from '#shared/clients/segment/translate.ts';
import type { HistoryMessage } from '#shared/imports/history-message.ts';
import { parseLossless } from '#shared/json/lossless-json.ts';
import { NOW } from './builders.ts';

/** The time of {@link aTrack} and its siblings. */
export const SENT_AT = Date.parse('2025-11-15T10:30:00.000Z');

const common = { userId: 'user-17', timestamp: '2025-11-15T10:30:00.000Z', messageId: 'message-1' };

export const aTrack = (fields: object = {}) => ({ type: 'track', event: 'Purchased', ...common, ...fields });
export const anIdentify = (fields: object = {}) => ({ type: 'identify', ...common, ...fields });
export const aPage = (fields: object = {}) => ({ type: 'page', ...common, ...fields });
export const aGroup = (fields: object = {}) => ({ type: 'group', groupId: 'acme', ...common, ...fields });
export const anAlias = (fields: object = {}) => ({
  type: 'alias',
  previousId: 'anon-4',
  ...common,
  ...fields,
});

/** An object that is nested so many levels deep. */
export const nested = (levels: number): object =>
  JSON.parse(`${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`);

/** The translation of a JSON text. */
export const translatedText = (json: string) => translateSegment(parseLossless(json), { receivedAt: NOW });

/** The translation of a message; numbers as JSON prints them. */
export const translated = (message: unknown) => translatedText(JSON.stringify(message));

/** The translation of a message that breaks no rule. */
export const messageOf = (sent: unknown): HistoryMessage => {
  const translation = translated(sent);
  if (translation.kind === 'rejected') throw new Error(translation.reason);
  return translation.message;
};

/** Why a message is rejected, or `valid`. */
export const reasonOf = (sent: unknown): string => {
  const translation = translated(sent);
  return translation.kind === 'rejected' ? translation.reason : 'valid';
};

/** The parsed metadata of a message's event; undefined if it has none. */
export const metadataOf = (sent: unknown): unknown => {
  const { event } = messageOf(sent);
  return event?.metadata === undefined ? undefined : JSON.parse(event.metadata);
};
