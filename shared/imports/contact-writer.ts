import pMap from 'p-map';
import type { Budgeted } from '../aws/dynamodb.ts';
import type { Contact, ContactImport } from '../contacts/contact-item.ts';
import type { ContactEntry } from '../contacts/contact-schemas.ts';
import type { ContactStore } from '../contacts/contact-store.ts';
import type { IdentityStore } from '../identities/identity-store.ts';
import type { StandingStore } from '../standings/standing-store.ts';
import { OutOfTimeError } from '../time/out-of-time.ts';

/** The outcome of storing one contact of a batch; contacts that could not be stored in time have none. */
export type UpsertOutcome =
  | { readonly kind: 'stored'; readonly created: boolean }
  | { readonly kind: 'rejected'; readonly reason: string };

/** Writes imported contacts. */
export interface ContactWriter {
  /**
   * Creates contacts or merges entries into existing ones; safe to repeat, even after an interrupted call.
   *
   * @param entries - by contact id
   * @returns outcomes by contact id; contacts that could not be stored in time have none
   */
  upsert(
    orgId: string,
    entries: ReadonlyMap<string, ContactEntry>,
    call: ContactImport,
    options: Budgeted,
  ): Promise<ReadonlyMap<string, UpsertOutcome>>;
}

/** The dependencies of {@link createContactWriter}. */
export interface ContactWriterDeps {
  readonly identities: Pick<IdentityStore, 'find' | 'put'>;
  readonly contacts: Pick<ContactStore, 'getMany' | 'insert' | 'merge'>;
  readonly standings: Pick<StandingStore, 'begin'>;
}

/**
 * The number of contacts that are created together: as many as one call to DynamoDB accepts. Each group passes
 * through the steps independently, so that a table which is slow for one group does not leave all groups unfinished.
 */
const GROUP_SIZE = 25;

/** Maximum number of concurrent groups, each of which makes one call at a time. */
const GROUP_CONCURRENCY = 16;

/** Maximum number of concurrent updates of single items. */
const UPDATE_CONCURRENCY = 32;

const CREATED: UpsertOutcome = { kind: 'stored', created: true };
const UPDATED: UpsertOutcome = { kind: 'stored', created: false };
const TOO_LARGE: UpsertOutcome = { kind: 'rejected', reason: 'Contact is too large to store' };

const idOf = ({ contactId }: Contact): string => contactId;

/** Ignores that time ran out: the contacts concerned have no outcome. */
const ignoreOutOfTime = (error: unknown): void => {
  if (!(error instanceof OutOfTimeError)) throw error;
};

/**
 * Creates the writer of contacts. The order of its steps makes it safe: inserting the contact decides which of
 * several concurrent imports creates it, its standing is created next, and its identity last. An identity therefore
 * proves that the contact and the standing exist, and a contact is reported as stored only once it has one. A contact
 * that an interrupted call left without an identity is completed by the next import of it.
 */
export const createContactWriter = ({
  identities,
  contacts,
  standings,
}: ContactWriterDeps): ContactWriter => ({
  async upsert(orgId, entries, call, options) {
    const outcomes = new Map<string, UpsertOutcome>();
    const toMerge: Contact[] = [];

    const create = async (ids: readonly string[]): Promise<void> => {
      const group = new Map(ids.map((id) => [id, entries.get(id) as ContactEntry]));
      const { inserted, existed, tooLarge } = await contacts.insert(orgId, group, call, options);
      for (const id of tooLarge) outcomes.set(id, TOO_LARGE);
      // Written by this call, if a response was lost; or by another import, which was faster or was interrupted.
      const found = await contacts.getMany(orgId, existed, options);
      const begun = await standings.begin(orgId, [...inserted, ...found.map(idOf)], options);
      const completed = await identities.put(orgId, [...begun], options);
      const others = new Map(
        found.filter(({ createdBy }) => createdBy !== call.importId).map((other) => [idOf(other), other]),
      );
      for (const id of completed) {
        const other = others.get(id);
        if (other === undefined) outcomes.set(id, CREATED);
        else toMerge.push(other);
      }
    };

    const merge = async (contact: Contact): Promise<void> => {
      const entry = entries.get(contact.contactId) as ContactEntry;
      const outcome = await contacts.merge(orgId, contact, entry, call, options);
      outcomes.set(contact.contactId, outcome === 'merged' ? UPDATED : TOO_LARGE);
    };

    const upsertAll = async (): Promise<void> => {
      const existing = (await identities.find(orgId, [...entries.keys()], options)).keys();
      toMerge.push(...(await contacts.getMany(orgId, existing, options)));
      const known = new Set(toMerge.map(idOf));
      const absent = [...entries.keys()].filter((id) => !known.has(id));
      const groups = Array.from({ length: Math.ceil(absent.length / GROUP_SIZE) }, (_, nth) =>
        absent.slice(nth * GROUP_SIZE, (nth + 1) * GROUP_SIZE),
      );
      await pMap(groups, (group) => create(group).catch(ignoreOutOfTime), { concurrency: GROUP_CONCURRENCY });
      await pMap(toMerge, (contact) => merge(contact).catch(ignoreOutOfTime), {
        concurrency: UPDATE_CONCURRENCY,
      });
    };

    await upsertAll().catch(ignoreOutOfTime);
    return outcomes;
  },
});
