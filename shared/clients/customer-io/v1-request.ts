import { type Checked, type Rejection, rejected, valid } from '../checked.ts';
import { type Fields, fieldsOf } from '../sent-value.ts';
import { deviceOf } from './devices.ts';
import { eventData } from './event-data.ts';
import { MERGE_IDENTIFIERS, nameOf, personOf, validName } from './identifiers.ts';
import { parseV1Path, type V1Path } from './v1-path.ts';

/** The operation of version 2 that a request of version 1 means, or the rule that the request breaks. */
export type V1Operation =
  | { readonly kind: 'operation'; readonly operation: Record<string, unknown> }
  | Rejection;

/** A canonical id in a path. Source: Customer.io documentation, "Track API", `identifier`. */
const CIO_ID = /^cio_([a-zA-Z0-9]+)$/;

const isEmail = (value: unknown): boolean => validName('email', value) !== undefined;

/** The identifier of a path, by its shape; a phone number is an id. */
const identifiersOf = (id: string): Checked<Fields> => {
  if (id.trim() === '') return rejected('id', 'id attribute must be present');
  const [, cioId] = CIO_ID.exec(id) ?? [];
  if (cioId !== undefined) return valid({ cio_id: cioId });
  if (isEmail(id)) return valid({ email: id });
  const name = nameOf('id', id, 'id');
  return name.kind === 'rejected' ? name : valid({ id });
};

/** Whom an event without a customer in its path is about. */
const anonymousIdentifiers = ({ anonymous_id: anonymousId, data }: Fields): Checked<Fields> => {
  if ((anonymousId ?? null) !== null) {
    const name = nameOf('anonymous_id', anonymousId, 'anonymous_id');
    return name.kind === 'rejected' ? name : valid({ anonymous_id: anonymousId });
  }
  // An event of somebody who was invited and has no profile yet.
  const recipient = fieldsOf(data)?.['recipient'];
  return isEmail(recipient)
    ? valid({ email: recipient })
    : rejected('anonymous_id', 'anonymous_id must be present, or data.recipient an email address');
};

/** The operation of an action about a person. */
const operationOf = (identifiers: Checked<Fields>, action: string, fields: Fields = {}): V1Operation =>
  identifiers.kind === 'rejected'
    ? identifiers
    : {
        kind: 'operation',
        operation: { type: 'person', action, identifiers: identifiers.value, ...fields },
      };

const eventOf = (identifiers: Checked<Fields>, { type, name, id, timestamp, data }: Fields): V1Operation => {
  const attributes = eventData(data, 'data');
  if (attributes.kind === 'rejected') return attributes;
  // Customer.io takes any other type for an event.
  const action = type === 'page' || type === 'screen' ? type : 'event';
  return operationOf(identifiers, action, { name, id, timestamp, attributes: attributes.value });
};

const addedDevice = (identifiers: Checked<Fields>, sent: unknown): V1Operation => {
  const device = deviceOf(sent, 'id');
  if (device.kind === 'rejected') return device;
  const { token, rest } = device.value;
  return operationOf(identifiers, 'add_device', { device: { ...rest, token } });
};

const mergeOf = ({ primary, secondary }: Fields): V1Operation => {
  const into = personOf(primary, 'primary', MERGE_IDENTIFIERS);
  if (into.kind === 'rejected') return into;
  const from = personOf(secondary, 'secondary', MERGE_IDENTIFIERS);
  if (from.kind === 'rejected') return from;
  return { kind: 'operation', operation: { type: 'person', action: 'merge', primary, secondary } };
};

type Route = (path: V1Path, body: Fields) => V1Operation;

const identify: Route = ({ id }, body) => operationOf(identifiersOf(id), 'identify', { attributes: body });

/** The requests of version 1, by method and route. Source: Customer.io documentation, "Track API", version 1. */
const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['PUT customers/{id}', identify],
  ['POST customers/{id}', identify],
  ['DELETE customers/{id}', ({ id }) => operationOf(identifiersOf(id), 'delete')],
  ['POST customers/{id}/events', ({ id }, body) => eventOf(identifiersOf(id), body)],
  ['PUT customers/{id}/devices', ({ id }, { device }) => addedDevice(identifiersOf(id), device)],
  [
    'DELETE customers/{id}/devices/{token}',
    ({ id, token }) => operationOf(identifiersOf(id), 'delete_device', { device: { token } }),
  ],
  ['POST customers/{id}/suppress', ({ id }) => operationOf(identifiersOf(id), 'suppress')],
  ['POST customers/{id}/unsuppress', ({ id }) => operationOf(identifiersOf(id), 'unsuppress')],
  ['POST events', (_path, body) => eventOf(anonymousIdentifiers(body), body)],
  ['POST merge_customers', (_path, body) => mergeOf(body)],
]);

/**
 * Turns a request of the Track API's version 1 into the operation of version 2 that means the same. What it has to say of the
 * request's own fields is checked, so that reasons name them as the client does; `translateOperation` checks the rest.
 * Source: Customer.io documentation, "Track API", version 1.
 *
 * @param path - what follows `/v1/`, still percent-encoded, such as `customers/r1%2Btag%40example.com/events`
 * @param body - the parsed body; an empty object if there is none
 * @returns undefined if the Track API has no such request
 */
export const operationOfV1 = (
  method: string,
  path: string,
  body: Readonly<Record<string, unknown>>,
): V1Operation | undefined => {
  const parsed = parseV1Path(path);
  return parsed && ROUTES.get(`${method} ${parsed.route}`)?.(parsed, body);
};
