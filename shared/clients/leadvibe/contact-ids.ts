import type { ContactState } from '../../contacts/contact-state.ts';
import type { Namespace } from '../../identities/identity.ts';
import { identityValue } from '../../identities/identity-schemas.ts';
import type { Translation } from '../../imports/history-message.ts';
import { rejected } from '../checked.ts';
import { IDENTITY_COLUMNS, type Row } from './row.ts';

/** The ids of contacts that rows have as `lead_id`, each once. */
export const contactIdsOf = (rows: readonly Row[]): ReadonlySet<string> =>
  new Set(
    rows.flatMap((row) => (row.kind === 'message' && row.contactId !== undefined ? row.contactId : [])),
  );

/** The identity of an id, with its value as it is shown; undefined if no contact has it. */
const identityOf = (
  id: string,
  contact: ContactState | undefined,
): { readonly namespace: Namespace; readonly shown: string } | undefined => {
  const identity = contact?.identities.get(id);
  if (contact === undefined || identity === undefined) return undefined;
  const { namespace, value } = identity;
  const email = contact.fields.get('email')?.text;
  // Of an address, identities have the form in which it is compared. What the contact shows may be another one of its addresses.
  const isShown = namespace === 'email' && email !== undefined && identityValue('email', email) === value;
  return { namespace, shown: isShown ? email : value };
};

const columnOf = (namespace: Namespace): string =>
  Object.entries(IDENTITY_COLUMNS).find(([, each]) => each === namespace)?.[0] ?? namespace;

/**
 * The messages of rows. A row whose `lead_id` is the id of a contact, or of any identity of one, becomes a message of that
 * identity, which must exist; the row's other names are linked to it, as if the identity had a column of its own.
 *
 * @param ownerOf - the contact that an identity belongs to, for all {@link contactIdsOf} of the rows
 */
export const messagesOf = (
  rows: readonly Row[],
  ownerOf: (identityId: string) => ContactState | undefined,
): readonly Translation[] =>
  rows.map((row): Translation => {
    if (row.kind === 'rejected' || row.contactId === undefined) return row;
    const identity = identityOf(row.contactId, ownerOf(row.contactId));
    if (identity === undefined) return rejected('lead_id', 'Contact not found');
    const { namespace, shown } = identity;
    const other = row.message.names[namespace];
    if (other !== undefined && identityValue(namespace, other) !== identityValue(namespace, shown)) {
      return rejected('lead_id', `lead_id is the id of another ${columnOf(namespace)}`);
    }
    const names = { [namespace]: shown, ...row.message.names };
    return { kind: 'message', message: { ...row.message, names } };
  });
