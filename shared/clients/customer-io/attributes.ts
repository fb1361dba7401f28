import { MAX_METADATA_DEPTH } from '../../events/event-schemas.ts';
import type { Kind } from '../../events/kinds.ts';
import type { HistoryMessage } from '../../imports/history-message.ts';
import { printed } from '../../json/lossless-json.ts';
import { isTextOf } from '../../json/text.ts';
import { type Checked, rejected, valid } from '../checked.ts';
import { type Fields, mapOf } from '../sent-value.ts';

/** The maximum number of attributes of a request. Source: Customer.io documentation, "Track API", limits. */
const MAX_ATTRIBUTES = 300;

/** Fields that stand among the attributes, but are instructions to Customer.io or notes of its clients. */
const isInstruction = (name: string): boolean => name.startsWith('_') || name === 'cio_relationships';

/** The attributes of a person or an object without instructions; null is as good as none. */
export const attributesOf = (sent: unknown): Checked<Fields> => {
  const all = mapOf('attributes', sent, MAX_METADATA_DEPTH);
  if (all.kind === 'rejected') return all;
  const attributes = Object.entries(all.value).filter(([name]) => !isInstruction(name));
  if (attributes.length > MAX_ATTRIBUTES) {
    return rejected('attributes', `cannot identify more than ${MAX_ATTRIBUTES} attributes in one request`);
  }
  return attributes.every(([name]) => isTextOf(1, 128, name))
    ? valid(Object.fromEntries(attributes))
    : rejected('attributes', 'attributes must have names of 1 to 128 characters');
};

/** The JSON texts of attributes, by name. */
export const textsOf = (attributes: Fields): ReadonlyMap<string, string> =>
  new Map(Object.entries(attributes).map(([name, value]) => [name, JSON.stringify(value)]));

/** An event with attributes as its metadata; it has none if there are no attributes. */
export const eventOf = (
  kind: Kind,
  type: string,
  attributes: Fields,
): NonNullable<HistoryMessage['event']> => {
  if (Object.keys(attributes).length === 0) return { kind, type };
  const { text, canonical } = printed(attributes);
  return { kind, type, metadata: text, canonicalMetadata: canonical };
};
