import type { Kind } from '../events/kinds.ts';
import type { HistoryMessage } from '../imports/history-message.ts';
import { printed } from '../json/lossless-json.ts';
import { isTextOf } from '../json/text.ts';
import type { Fields } from './sent-value.ts';

/** The maximum number of attributes of a message. Source: Customer.io documentation, "Track API", limits. */
export const MAX_ATTRIBUTES = 300;

/** The maximum length of an attribute's name, in characters: that of a batch. */
export const MAX_NAME_CHARACTERS = 128;

/** The maximum length of a device's token: longer than those of Apple's and Google's push services and of browsers. */
export const MAX_TOKEN_CHARACTERS = 4_096;

/** Whether attributes may have a name. */
export const isAttributeName = (name: string): boolean => isTextOf(1, MAX_NAME_CHARACTERS, name);

/** Whether an object has no fields. */
export const isEmpty = (fields: Fields): boolean => Object.keys(fields).length === 0;

/** The JSON texts of attributes by name, `null` for those that are removed. */
export const textsOf = (attributes: Fields): ReadonlyMap<string, string> =>
  new Map(Object.entries(attributes).map(([name, value]) => [name, JSON.stringify(value)]));

/**
 * An event of a message. It has no metadata if there is nothing in it.
 * @param metadata - nested at most `MAX_METADATA_DEPTH` levels deep
 */
export const eventOf = (kind: Kind, type: string, metadata: Fields): NonNullable<HistoryMessage['event']> => {
  if (isEmpty(metadata)) return { kind, type };
  const { text, canonical } = printed(metadata);
  return { kind, type, metadata: text, canonicalMetadata: canonical };
};
