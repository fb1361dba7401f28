import { isTextOf } from '../../json/text.ts';
import { MAX_TOKEN_CHARACTERS } from '../attributes.ts';
import { type Checked, rejected, valid } from '../checked.ts';
import {
  DELETING_COMPANIES_NOT_SUPPORTED,
  ERASING_NOT_SUPPORTED,
  SUPPRESSING_NOT_SUPPORTED,
} from '../not-supported.ts';
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
const refused =
  (reason: string): SemanticReader =>
  () =>
    rejected('event', reason);

/**
 * Readers of the events that are instructions, by name. `Report Delivery Event` and `Report Content Event` tell of something that
 * happened, so they are named events. Source: Customer.io documentation, "Customer.io events" (semantic events).
 */
export const SEMANTIC_EVENTS: ReadonlyMap<string, SemanticReader> = new Map([
  ['Device Created or Updated', changedDevice],
  ['Device Deleted', removedDevice],
  ['Relationship Deleted', removedRelationship],
  ['Object Deleted', refused(DELETING_COMPANIES_NOT_SUPPORTED)],
  ['User Deleted', refused(ERASING_NOT_SUPPORTED)],
  ['User Suppressed', refused(SUPPRESSING_NOT_SUPPORTED)],
  ['User Unsuppressed', refused(SUPPRESSING_NOT_SUPPORTED)],
]);
