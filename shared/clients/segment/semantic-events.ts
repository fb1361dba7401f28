import { isTextOf } from '../../json/text.ts';
import { type Checked, rejected, valid } from '../checked.ts';
import { type Fields, fieldsOf, textOf } from '../sent-value.ts';
import { groupIdParser } from './company.ts';
import type { Said } from './said.ts';

/** Reads an event that is an instruction. */
type SemanticReader = (properties: Fields, context: Fields) => Checked<Said>;

/** A device of an event. */
interface SentDevice {
  readonly token: string;
  /** All that the message says about it, but for the token. */
  readonly fields: Fields;
}

/** Longer than the tokens of Apple's and Google's push services and of browsers. */
const MAX_TOKEN_CHARACTERS = 4_096;

/**
 * The device of an event: Customer.io documents `device` among the properties as well as in the context. Other properties are
 * attributes of the device.
 */
const deviceOf = (properties: Fields, context: Fields): Checked<SentDevice> => {
  const { device: ofProperties, token: bareToken, ...others } = properties;
  const { token: ownToken, ...own } = fieldsOf(ofProperties) ?? {};
  const { token: contextToken, ...inContext } = fieldsOf(context['device']) ?? {};
  const token = [ownToken, bareToken, contextToken].map(textOf).find((text) => (text ?? '') !== '');
  if (token === undefined) return rejected('device.token', 'device.token is required');
  if (!isTextOf(1, MAX_TOKEN_CHARACTERS, token)) {
    return rejected(
      'device.token',
      `device.token must be a string of 1 to ${MAX_TOKEN_CHARACTERS} characters`,
    );
  }
  // The device from which the message was sent may be another one.
  const isSender = contextToken === undefined || textOf(contextToken) === token;
  return valid({ token, fields: { ...(isSender && inContext), ...others, ...own } });
};

const changedDevice: SemanticReader = (properties, context) => {
  const device = deviceOf(properties, context);
  if (device.kind === 'rejected') return device;
  return valid({ devices: new Map([[device.value.token, JSON.stringify(device.value.fields)]]) });
};

const removedDevice: SemanticReader = (properties, context) => {
  const device = deviceOf(properties, context);
  if (device.kind === 'rejected') return device;
  return valid({ devices: new Map([[device.value.token, 'null']]) });
};

const objectIdOf = groupIdParser('properties.objectId', 'properties.objectTypeId');

const removedRelationship: SemanticReader = (properties) => {
  const groupId = objectIdOf(
    properties['objectId'] ?? properties['object_id'],
    properties['objectTypeId'] ?? properties['object_type_id'],
  );
  if (groupId.kind === 'rejected') return groupId;
  if (groupId.value === undefined) return rejected('properties.objectId', 'properties.objectId is required');
  return valid({ company: { groupId: groupId.value, traits: new Map(), isMember: false } });
};

/** An instruction that is refused, since to store it as an event would look as if it had been obeyed. */
const unsupported =
  (what: string): SemanticReader =>
  () =>
    rejected('event', `${what} is not supported yet`);

/**
 * Readers of the events that are instructions, by name. `Report Delivery Event` and `Report Content Event` tell of something that
 * happened, so they are named events. Source: Customer.io documentation, "Customer.io events" (semantic events).
 */
export const SEMANTIC_EVENTS: ReadonlyMap<string, SemanticReader> = new Map([
  ['Device Created or Updated', changedDevice],
  ['Device Deleted', removedDevice],
  ['Relationship Deleted', removedRelationship],
  ['Object Deleted', unsupported('Deleting companies')],
  ['User Deleted', unsupported('Erasing contacts')],
  ['User Suppressed', unsupported('Suppressing contacts')],
  ['User Unsuppressed', unsupported('Suppressing contacts')],
]);
