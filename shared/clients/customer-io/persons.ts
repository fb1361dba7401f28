import type { HistoryMessage } from '../../imports/history-message.ts';
import { type Checked, rejected, valid } from '../checked.ts';
import { ERASING_NOT_SUPPORTED, SUPPRESSING_NOT_SUPPORTED } from '../not-supported.ts';
import type { Fields } from '../sent-value.ts';
import { devicesOf } from './devices.ts';
import { type EventAction, eventMessage } from './events.ts';
import { MERGE_IDENTIFIERS, onlyName, type PersonName, personOf } from './identifiers.ts';
import { identifyMessages, relationshipMessages } from './identify.ts';
import { type TranslationContext, timeOf } from './time.ts';

/** Translates an action about the person who is named by the operation's identifiers. */
type PersonAction = (
  name: PersonName,
  operation: Fields,
  context: TranslationContext,
) => Checked<readonly HistoryMessage[]>;

const one = (message: Checked<HistoryMessage>): Checked<readonly HistoryMessage[]> =>
  message.kind === 'rejected' ? message : valid([message.value]);

const eventAction =
  (action: EventAction): PersonAction =>
  (name, operation, context) =>
    one(eventMessage(onlyName(name), action, operation, context));

const deviceAction =
  (isAdded: boolean): PersonAction =>
  (name, operation, context) => {
    const at = timeOf(operation['timestamp'], 'timestamp', context);
    if (at.kind === 'rejected') return at;
    const devices = devicesOf(operation['device'], isAdded);
    if (devices.kind === 'rejected') return devices;
    return valid([{ id: undefined, names: onlyName(name), at: at.value, devices: devices.value }]);
  };

const suppress: PersonAction = () => rejected('action', SUPPRESSING_NOT_SUPPORTED);

/** The actions about one person. Source: Customer.io documentation, "Track API", version 2. */
const ACTIONS: ReadonlyMap<unknown, PersonAction> = new Map<unknown, PersonAction>([
  ['identify', identifyMessages],
  ['event', eventAction('event')],
  ['page', eventAction('page')],
  ['screen', eventAction('screen')],
  ['add_relationships', relationshipMessages],
  ['delete_relationships', relationshipMessages],
  ['add_device', deviceAction(true)],
  ['delete_device', deviceAction(false)],
  ['delete', () => rejected('action', ERASING_NOT_SUPPORTED)],
  ['suppress', suppress],
  ['unsuppress', suppress],
]);

/** A merge names two persons, of whom the primary remains. */
const mergeMessages = (
  operation: Fields,
  context: TranslationContext,
): Checked<readonly HistoryMessage[]> => {
  const primary = personOf(operation['primary'], 'primary', MERGE_IDENTIFIERS);
  if (primary.kind === 'rejected') return primary;
  const secondary = personOf(operation['secondary'], 'secondary', MERGE_IDENTIFIERS);
  if (secondary.kind === 'rejected') return secondary;
  const at = timeOf(operation['timestamp'], 'timestamp', context);
  if (at.kind === 'rejected') return at;
  return valid([
    { id: undefined, names: onlyName(primary.value), at: at.value, absorbed: [secondary.value] },
  ]);
};

/** What an operation says about persons. */
export const personMessages = (
  operation: Fields,
  context: TranslationContext,
): Checked<readonly HistoryMessage[]> => {
  if (operation['action'] === 'merge') return mergeMessages(operation, context);
  const action = ACTIONS.get(operation['action']);
  if (action === undefined) {
    return rejected('action', `action must be one of ${[...ACTIONS.keys(), 'merge'].join(', ')}`);
  }
  const name = personOf(operation['identifiers'], 'identifiers');
  return name.kind === 'rejected' ? name : action(name.value, operation, context);
};
