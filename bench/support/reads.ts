import { cellsOfRow, rollupKey } from '#shared/analytics/rollup.ts';
import { contactKey } from '#shared/contacts/contact-item.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { historyKey } from '#shared/events/event-item.ts';
import { bareCall } from './bare-call.ts';
import type { Shot } from './load.ts';
import type { MeteredRead } from './metered-reads.ts';
import type { ReadStage, StagedContact } from './read-stage.ts';
import type { World } from './world.ts';

/** A read and its floors. */
export interface Read {
  readonly name: string;
  readonly shot: Shot;
  /** A request of the same route, authorizer and function that is rejected before reading. */
  readonly refusal: Shot;
  /** The one call that is indispensable for the answer. */
  readonly bare: Shot;
  readonly bareIs: string;
  /** The same request for the function's code in this process. */
  readonly inProcess: MeteredRead;
}

/** The reads of a {@link ReadStage}. */
export interface Reads {
  profile(contact: StagedContact): Read;
  /** @param limit - the number of events of the page */
  timeline(contact: StagedContact, limit: number): Read;
  chart(): Read;
}

/** How a contact is named, by what its cost may depend on. */
const titleOf = ({ events, identities }: StagedContact): string =>
  `${events} events${identities === 1 ? '' : ` by ${identities} identities`}`;

/** Creates the reads of a stage. */
export const createReads = (world: World, { caller, dates }: ReadStage): Reads => {
  const { stack } = world;
  const { orgId, apiKey } = caller;
  const shotOf = (path: string, status: number, contains: string): Shot => ({
    url: `${stack.apiUrl}${path}`,
    headers: { 'x-api-key': apiKey },
    status,
    contains,
  });

  return {
    profile(contact) {
      const { contactId, email } = contact;
      const TableName = stack.outputs[OUTPUT.contactsTable];
      const input = { TableName, Key: contactKey(orgId, contactId), ConsistentRead: true };
      return {
        name: `profile of a contact of ${titleOf(contact)}`,
        shot: shotOf(`/v1/contacts/${contactId}`, 200, email),
        refusal: shotOf('/v1/contacts/none', 404, 'not_found'),
        bare: bareCall(world, 'GetItem', input, email),
        bareIs: 'bare GetItem of the contact',
        inProcess: { name: 'contacts', request: { orgId, pathParameters: { contactId }, query: {} } },
      };
    },

    timeline(contact, limit) {
      const { contactId, newest } = contact;
      const input = {
        TableName: stack.outputs[OUTPUT.eventsTable],
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: historyKey(orgId, contactId) } },
        ScanIndexForward: false,
        Limit: limit,
      };
      const query = { limit: String(limit) };
      return {
        name: `timeline page of ${limit} of ${titleOf(contact)}`,
        shot: shotOf(`/v1/contacts/${contactId}/activity?limit=${limit}`, 200, newest),
        refusal: shotOf('/v1/contacts/none/activity', 404, 'not_found'),
        bare: bareCall(world, 'Query', input, newest),
        bareIs: 'bare Query of the page',
        inProcess: { name: 'activity', request: { orgId, pathParameters: { contactId }, query } },
      };
    },

    chart() {
      const { from, to } = dates;
      const firstMonth = from.slice(0, 7);
      const [months] = cellsOfRow({ kind: 'email', type: 'opened', occurredAt: Date.parse(from) });
      const input = {
        TableName: stack.outputs[OUTPUT.rollupsTable],
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',
        ExpressionAttributeValues: {
          ':pk': { S: rollupKey(orgId, 0, 0, months).pk },
          ':first': { S: `${firstMonth}#` },
          ':last': { S: `${to.slice(0, 7)}#~` },
        },
      };
      const query = { from, to };
      return {
        name: 'chart of 90 days',
        shot: shotOf(`/v1/analytics/email?${new URLSearchParams(query)}`, 200, `"start":"${from}`),
        refusal: shotOf('/v1/analytics/email', 400, 'from is required'),
        bare: bareCall(world, 'Query', input, `${firstMonth}#`),
        bareIs: 'bare Query of one of its partitions',
        inProcess: { name: 'analytics', request: { orgId, pathParameters: { kind: 'email' }, query } },
      };
    },
  };
};
