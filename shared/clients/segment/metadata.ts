import { MAX_METADATA_DEPTH } from '../../events/event-schemas.ts';
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
