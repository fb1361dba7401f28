/**
 * Writes contacts with their identities, in the tables of contacts, identities, standings and members. The items of a
 * contact are written in one transaction, so an identity always belongs to a contact that exists, and to one only.
 */
import type { DynamoDBClient, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import pMap from 'p-map';
import { type Budgeted, CONCURRENCY, MAX_ACTIONS } from '../aws/dynamodb.ts';
import { ContendedError, isWritten, transactWrite } from '../aws/writes.ts';
import { contactItem, contactKey } from '../contacts/contact-item.ts';
import { type ContactState, stateBytes } from '../contacts/contact-state.ts';
import { createContactStore } from '../contacts/contact-store.ts';
import { identityItem } from '../identities/identity-item.ts';
import { createIdentityStore } from '../identities/identity-store.ts';
import { removalActions, type StandingTables } from '../standings/removal-store.ts';
import { identitiesUpdate, newStandingItem, type Standing } from '../standings/standing-item.ts';
import { createStandingStore } from '../standings/standing-store.ts';
import { OutOfTimeError } from '../time/out-of-time.ts';
import { type ContactWrite, MAX_TRANSACTION_BYTES } from './draft.ts';
import type { Directory } from './rules.ts';

/** The tables that a link is written to. */
export interface LinkTables extends StandingTables {
  readonly contacts: string;
  readonly identities: string;
}

/** Contacts that must be written at once, or not at all. */
export type Unit = readonly ContactWrite[];

/** The store of contacts with their identities. */
export interface LinkStore {
  /**
   * Reads the contacts to which identities belong. Strongly consistent.
   * @throws OutOfTimeError
   */
  read(orgId: string, identityIds: readonly string[], options: Budgeted): Promise<Directory>;

  /**
   * Writes units, several in one transaction. Each is written only if its contacts are stored as they were read, and its
   * new identities do not exist.
   *
   * @param together - the maximum number of units in a transaction, which fails as a whole if one of them is refused
   * @param now - ms since 1970
   * @returns for each unit `written`, or `refused` if something has changed since it was read or a unit of its transaction
   * was refused, or met too many conflicts; undefined if time ran out
   */
  commit(
    orgId: string,
    units: readonly Unit[],
    together: number,
    now: number,
    options: Budgeted,
  ): Promise<readonly ('written' | 'refused' | undefined)[]>;
}

/** Nothing is stored under the key. */
const ABSENT = { ConditionExpression: 'attribute_not_exists(pk)' };

/** The contact is stored as it was read. */
const UNCHANGED = (version: number) => ({
  ConditionExpression: '#version = :read',
  ExpressionAttributeNames: { '#version': 'version' },
  ExpressionAttributeValues: { ':read': { N: String(version) } },
});

/**
 * A contact that becomes one with another between the read of its identity and its own is not there, or is known as it was
 * before: the identity is read again. That this happens several times in a row is so unlikely that it would be a fault.
 */
const MAX_READS = 5;

/** How often a transaction of several units is retried because of conflicts before it is divided: some 200 ms. */
const MAX_CONFLICTS = 3;

/** A unit with its actions. */
interface Job {
  readonly at: number;
  readonly actions: TransactWriteItem[];
  readonly bytes: number;
}

/** Packs jobs into transactions, in their order. */
const packed = (jobs: readonly Job[], together: number): Job[][] => {
  const packs: Job[][] = [];
  let pack: Job[] = [];
  let actions = 0;
  let bytes = 0;
  for (const job of jobs) {
    const isFull =
      pack.length >= together ||
      actions + job.actions.length > MAX_ACTIONS ||
      bytes + job.bytes > MAX_TRANSACTION_BYTES;
    if (isFull && pack.length > 0) {
      packs.push(pack);
      pack = [];
      actions = 0;
      bytes = 0;
    }
    pack.push(job);
    actions += job.actions.length;
    bytes += job.bytes;
  }
  if (pack.length > 0) packs.push(pack);
  return packs;
};

/** Creates the store of links. */
export const createLinkStore = (client: DynamoDBClient, tables: LinkTables): LinkStore => {
  const identities = createIdentityStore(client, tables.identities);
  const contacts = createContactStore(client, tables.contacts);
  const standings = createStandingStore(client, tables.standings);

  const identityPuts = (orgId: string, { before, after, absorbed }: ContactWrite): TransactWriteItem[] => {
    const { contactId } = after;
    const isOnly = after.identities.size === 1;
    const put = (id: string): TransactWriteItem & { readonly Put: object } => ({
      Put: { TableName: tables.identities, Item: identityItem(orgId, id, { contactId, isOnly }) },
    });
    // Each once: of contacts that another call has just made one, both may have been read with the same identity.
    const moved = [...new Set(absorbed.flatMap((contact) => [...contact.identities.keys()]))];
    // The item of the only identity says so, until there are others.
    const former = before?.identities.size === 1 && !isOnly ? [...before.identities.keys()] : [];
    const known = new Set([...moved, ...(before?.identities.keys() ?? [])]);
    const fresh = [...after.identities.keys()].filter((id) => !known.has(id));
    return [
      ...[...former, ...moved].map(put),
      ...fresh.map((id) => ({ Put: { ...put(id).Put, ...ABSENT } }) as TransactWriteItem),
    ];
  };

  const standingWrites = (orgId: string, write: ContactWrite, now: number): TransactWriteItem[] => {
    const { before, after, absorbed } = write;
    const { contactId } = after;
    const ids = [...after.identities.keys()];
    const TableName = tables.standings;
    // Even if the contact is new: a stored one may have become one with it, and brings its history.
    const dueAt = absorbed.length > 0 ? now : undefined;
    if (before === undefined) {
      return [{ Put: { TableName, Item: newStandingItem(orgId, contactId, ids, dueAt) } }];
    }
    if (ids.length === before.identities.size) return [];
    return [{ Update: { TableName, ...identitiesUpdate(orgId, contactId, ids, dueAt) } }];
  };

  const contactWrites = (orgId: string, { before, after, absorbed }: ContactWrite): TransactWriteItem[] => {
    const TableName = tables.contacts;
    const deleted = ({ contactId, version }: ContactState): TransactWriteItem => ({
      Delete: { TableName, Key: contactKey(orgId, contactId), ...UNCHANGED(version) },
    });
    const condition = before === undefined ? ABSENT : UNCHANGED(before.version);
    return [{ Put: { TableName, Item: contactItem(orgId, after), ...condition } }, ...absorbed.map(deleted)];
  };

  const actionsOf = (
    orgId: string,
    unit: Unit,
    standingOf: ReadonlyMap<string, Standing>,
    now: number,
  ): TransactWriteItem[] => {
    const actions = unit.flatMap((write) => [
      ...contactWrites(orgId, write),
      ...identityPuts(orgId, write),
      ...standingWrites(orgId, write, now),
    ]);
    const gone = unit.flatMap(({ absorbed }) => absorbed);
    for (const [nth, { contactId }] of gone.entries()) {
      const standing = standingOf.get(contactId);
      // One action each is kept for those that follow.
      const room = MAX_ACTIONS - actions.length - (gone.length - nth - 1);
      if (standing !== undefined) actions.push(...removalActions(tables, orgId, standing, room, now));
    }
    return actions;
  };

  const write = async (
    pack: readonly Job[],
    { budget }: Budgeted,
  ): Promise<'written' | 'refused' | undefined> => {
    try {
      const actions = pack.flatMap((job) => job.actions);
      // The more contacts are in a transaction, the more others it meets: then smaller ones are better than patience.
      const conflicts = pack.length > 1 ? MAX_CONFLICTS : undefined;
      const writing = () => transactWrite(client, actions, budget, conflicts);
      return (await isWritten(writing)) ? 'written' : 'refused';
    } catch (error) {
      if (error instanceof ContendedError) return 'refused';
      if (error instanceof OutOfTimeError) return undefined;
      throw error;
    }
  };

  return {
    async read(orgId, identityIds, options) {
      const owners = new Map<string, string>();
      const states = new Map<string, ContactState>();
      const read = async (ids: Iterable<string>): Promise<void> => {
        for (const state of await contacts.states(orgId, ids, options)) states.set(state.contactId, state);
      };
      // Most ids are those of contacts: a contact that is stored has its own id, which needs no look-up.
      await read(identityIds);
      for (const id of states.keys()) owners.set(id, id);
      let missing: readonly string[] = identityIds.filter((id) => !owners.has(id));
      for (let reads = 0; missing.length > 0 && reads < MAX_READS; reads++) {
        const found = await identities.find(orgId, missing, options);
        for (const [id, { contactId }] of found) owners.set(id, contactId);
        // A contact that was read before an identity was linked to it does not have the identity: it is read again.
        const lacks = (id: string): boolean => !states.get(owners.get(id) as string)?.identities.has(id);
        const lacking = [...found.keys()].filter(lacks);
        await read(new Set(lacking.map((id) => owners.get(id) as string)));
        missing = lacking.filter(lacks);
      }
      // An identity that was not there when it was looked up may be there now: its contact, read later, has it. If it were
      // taken for a new one, a new contact of its id would replace the contact.
      for (const state of states.values()) {
        for (const id of state.identities.keys()) if (!owners.has(id)) owners.set(id, state.contactId);
      }
      return { ownerOf: (id) => states.get(owners.get(id) ?? '') };
    },

    async commit(orgId, units, together, now, options) {
      const gone = units.flatMap((unit) =>
        unit.flatMap(({ absorbed }) => absorbed.map(({ contactId }) => contactId)),
      );
      const found = gone.length === 0 ? [] : await standings.getMany(orgId, gone, options);
      const standingOf = new Map(found.map((standing) => [standing.contactId, standing]));
      const jobs = units.map(
        (unit, at): Job => ({
          at,
          actions: actionsOf(orgId, unit, standingOf, now),
          bytes: unit.reduce((sum, { after }) => sum + stateBytes(after), 0),
        }),
      );
      // A unit without actions is as it should be already.
      const outcomes = jobs.map(({ actions }): 'written' | 'refused' | undefined =>
        actions.length === 0 ? 'written' : undefined,
      );
      await pMap(
        packed(
          jobs.filter(({ actions }) => actions.length > 0),
          together,
        ),
        async (pack) => {
          const outcome = await write(pack, options);
          for (const { at } of pack) outcomes[at] = outcome;
        },
        { concurrency: CONCURRENCY },
      );
      return outcomes;
    },
  };
};
