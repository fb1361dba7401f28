import pMap from 'p-map';
import type { Budgeted } from '../aws/dynamodb.ts';
import type { Contact, ContactCall } from '../contacts/contact-item.ts';
import type { ContactEntry } from '../contacts/contact-schemas.ts';
import type { ContactStore } from '../contacts/contact-store.ts';
import type { IdentityStore } from '../identities/identity-store.ts';
import type { StandingStore } from '../standings/standing-store.ts';
import { OutOfTimeError } from '../time/out-of-time.ts';

/** What became of one contact of a batch; those that could not be stored in time have no outcome. */
export type UpsertOutcome =
  | { readonly kind: 'stored'; readonly created: boolean }
  | { readonly kind: 'rejected'; readonly reason: string };

/** Writes contacts that are imported. */
export interface ContactWriter {
  /**
   * Creates contacts or merges entries into them; safe to repeat, whatever an earlier call left half done.
   *
   * @param entries - by contact id
   * @returns outcomes by contact id; none for what could not be stored in time
   */
  upsert(
    orgId: string,
    entries: ReadonlyMap<string, ContactEntry>,
    call: ContactCall,
    options: Budgeted,
  ): Promise<ReadonlyMap<string, UpsertOutcome>>;
}

/** What writing contacts needs. */
export interface ContactWriterDeps {
  readonly identities: Pick<IdentityStore, 'existing' | 'put'>;
  readonly contacts: Pick<ContactStore, 'getMany' | 'insert' | 'merge'>;
  readonly standings: Pick<StandingStore, 'begin'>;
}

/**
 * Contacts that are created together: as many as one call of DynamoDB takes. Groups go through the steps on their own, so
 * that a table which is slow for one does not leave all of them half done.
 */
const GROUP = 25;

/** Groups under way at once, each with one call at a time. */
const GROUP_CONCURRENCY = 16;

/** Updates of single items under way at once. */
const UPDATE_CONCURRENCY = 32;

const CREATED: UpsertOutcome = { kind: 'stored', created: true };
const UPDATED: UpsertOutcome = { kind: 'stored', created: false };
const TOO_LARGE: UpsertOutcome = { kind: 'rejected', reason: 'Contact is too large to store' };

const idOf = ({ contactId }: Contact): string => contactId;

/** What runs out of time leaves its contacts without an outcome. */
const ifOutOfTime = (error: unknown): void => {
  if (!(error instanceof OutOfTimeError)) throw error;
};

/**
 * The order is what makes it safe: the insertion of the contact decides who creates it, then its standing begins, and
 * its identity comes last. So an identity proves that the other two are there; nothing is told to be stored before it
 * has one; and what was left half done has none, and is completed by whoever imports the contact next.
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
      // Of this call, whose answer was lost on the way; or of another, which was faster or was interrupted.
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
      const existing = await identities.existing(orgId, [...entries.keys()], options);
      toMerge.push(...(await contacts.getMany(orgId, existing, options)));
      const known = new Set(toMerge.map(idOf));
      const absent = [...entries.keys()].filter((id) => !known.has(id));
      const groups = Array.from({ length: Math.ceil(absent.length / GROUP) }, (_, nth) =>
        absent.slice(nth * GROUP, (nth + 1) * GROUP),
      );
      await pMap(groups, (group) => create(group).catch(ifOutOfTime), { concurrency: GROUP_CONCURRENCY });
      await pMap(toMerge, (contact) => merge(contact).catch(ifOutOfTime), {
        concurrency: UPDATE_CONCURRENCY,
      });
    };

    await upsertAll().catch(ifOutOfTime);
    return outcomes;
  },
});
