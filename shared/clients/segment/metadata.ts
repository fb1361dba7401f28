import { MAX_METADATA_DEPTH } from '../../events/event-schemas.ts';
import type { Kind } from '../../events/kinds.ts';
import type { HistoryMessage } from '../../imports/history-message.ts';
import { printed } from '../../json/lossless-json.ts';
import { type Checked, valid } from '../checked.ts';
import { type Fields, mapOf } from '../sent-value.ts';

/** The maximum nesting of an object under a key of the metadata. */
export const MAX_PART_DEPTH = MAX_METADATA_DEPTH - 1;

/**
 * A message's `context` without its `library`: that tells of the client, not of the person, and changes with each release
 * of it. Source: Segment documentation, "Spec: Common fields", Context.
 */
export const contextOf = (message: Fields): Checked<Fields> => {
  const context = mapOf('context', message['context'], MAX_PART_DEPTH);
  if (context.kind === 'rejected') return context;
  const { library: _library, ...kept } = context.value;
  return valid(kept);
};

/** Whether an object has no fields. */
export const isEmpty = (fields: Fields): boolean => Object.keys(fields).length === 0;

/**
 * An event of a message. It has no metadata if there is nothing in it.
 * @param metadata - nested at most `MAX_METADATA_DEPTH` levels deep
 */
export const eventOf = (kind: Kind, type: string, metadata: Fields): NonNullable<HistoryMessage['event']> => {
  if (isEmpty(metadata)) return { kind, type };
  const { text, canonical } = printed(metadata);
  return { kind, type, metadata: text, canonicalMetadata: canonical };
};
