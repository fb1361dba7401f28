import type { Item } from '../aws/dynamodb.ts';
import { type ChangeTime, REMOVED } from '../contacts/timed.ts';
import { toEventItem } from '../events/event-item.ts';
import { type NamedIdentity, namedIdentities, type PersonMessage } from '../linking/message.ts';
import type { HistoryMessage } from './history-message.ts';

/** A message whose identities have ids. */
export interface PreparedMessage {
  /** The position in its batch. */
  readonly index: number;
  readonly message: HistoryMessage;
  /** Strongest first; empty for a message about a company alone. */
  readonly identities: readonly NamedIdentity[];
  /** Identities whose contacts become one with the person's. */
  readonly absorbed: readonly NamedIdentity[];
  /** The item of what happened; undefined if nothing did. */
  readonly item: Item | undefined;
}

const identitiesOf = (orgId: string, names: HistoryMessage['names']): readonly NamedIdentity[] =>
  Object.values(names).some((shown) => shown !== undefined) ? namedIdentities(orgId, names) : [];

/** Derives the ids of a message's identities, and the item of its event. */
export const prepareMessage = (orgId: string, index: number, message: HistoryMessage): PreparedMessage => {
  const identities = identitiesOf(orgId, message.names);
  const [strongest] = identities;
  const absorbed = (message.absorbed ?? []).flatMap(({ namespace, shown }) =>
    namedIdentities(orgId, { [namespace]: shown }),
  );
  const item =
    message.event === undefined || strongest === undefined
      ? undefined
      : toEventItem(orgId, strongest.id, { ...message.event, occurredAt: message.at, eventId: message.id });
  return { index, message, identities, absorbed, item };
};

/**
 * The time of a message that says nothing about the person but who it is: any other message's address and user id are shown
 * rather than its own, and it changes nothing of a contact that has them.
 */
const WHENEVER: ChangeTime = { at: 0, nth: 0 };

/** When what a message says was true. */
export const timeOf = ({ at, nth = 0 }: HistoryMessage): ChangeTime => ({ at, nth });

/** Whether a message says more about the person than who it is. */
export const isStatement = ({ attributes, createdAt, devices, company }: HistoryMessage): boolean =>
  attributes !== undefined ||
  createdAt !== undefined ||
  devices !== undefined ||
  company?.isMember !== undefined;

const membershipOf = ({ company }: HistoryMessage, identityId: string): ReadonlyMap<string, string> =>
  new Map(
    company?.isMember === undefined
      ? []
      : [[company.groupId, company.isMember ? JSON.stringify(identityId) : REMOVED]],
  );

const DAY_MS = 86_400_000;

/**
 * The time of what a message says about the person. An event that names a company says each time that the person belongs to it: by
 * days, this changes the contact once a day rather than with each event.
 */
const statementTime = (message: HistoryMessage): ChangeTime => {
  const { attributes, createdAt, devices, company, event, at } = message;
  if (attributes !== undefined || createdAt !== undefined || devices !== undefined) return timeOf(message);
  if (company?.isMember === undefined) return WHENEVER;
  return event === undefined ? timeOf(message) : { at: at - (at % DAY_MS), nth: 0 };
};

/** What a message says about the person, for linking. */
export const personMessage = (
  message: HistoryMessage,
  identities: PersonMessage['identities'],
): PersonMessage => ({
  identities,
  time: statementTime(message),
  attributes: message.attributes ?? new Map(),
  companies: membershipOf(message, identities[0].id),
  devices: message.devices ?? new Map(),
  createdAt: message.createdAt,
});

/** A message that says nothing but that there is a person of this name. */
export const nameOnly = (identity: NamedIdentity): PersonMessage => ({
  identities: [identity],
  time: WHENEVER,
  attributes: new Map(),
  createdAt: undefined,
});
