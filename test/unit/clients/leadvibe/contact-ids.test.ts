import { contactIdsOf, messagesOf } from '#shared/clients/leadvibe/contact-ids.ts';
import { type Row, readHeader } from '#shared/clients/leadvibe/row.ts';
import { changedAt } from '#shared/contacts/timed.ts';
import { identityIdOf } from '#shared/identities/contact-id.ts';
import type { Identity } from '#shared/identities/identity.ts';
import { NOW, ORG } from '#test/support/builders.ts';
import { aState } from '#test/support/linking.ts';

const EMAIL: Identity = { namespace: 'email', value: 'jane@acme.com' };
const OLD_EMAIL: Identity = { namespace: 'email', value: 'jane@old.com' };
const USER: Identity = { namespace: 'userId', value: 'u-1' };
const CIO: Identity = { namespace: 'cioId', value: 'cio_1' };
const IDENTITIES = [EMAIL, OLD_EMAIL, USER, CIO];

const idOf = (identity: Identity): string => identityIdOf(ORG, identity);

/** A contact with all of these identities, which shows one of its addresses as it was sent. */
const CONTACT = aState(IDENTITIES, {
  fields: changedAt([['email', 'Jane@Acme.com']], { at: NOW, nth: 0 }),
});

const ownerOf = (id: string) => (CONTACT.identities.has(id) ? CONTACT : undefined);

const rowOf = (fields: Readonly<Record<string, string>>): Row => {
  const columns = { event_type: 'page_view', ...fields };
  const header = readHeader(Object.keys(columns), NOW);
  if (header.kind === 'refused') throw new Error(header.reason);
  return header.translate(Object.values(columns));
};

const messageOf = (fields: Readonly<Record<string, string>>) => messagesOf([rowOf(fields)], ownerOf)[0];

describe('a row whose lead_id is the id of a contact or an identity', () => {
  it.each([
    [EMAIL, { email: 'Jane@Acme.com' }],
    [OLD_EMAIL, { email: 'jane@old.com' }],
    [USER, { userId: 'u-1' }],
    [CIO, { cioId: 'cio_1' }],
  ])('is a message of that identity: %j', (identity, names) => {
    const id = idOf(identity);

    const message = messageOf({ lead_id: id });

    expect(message).toMatchObject({ kind: 'message', message: { names, event: { type: 'page_view' } } });
    // The event belongs to the history of the id that was sent.
    const [[namespace, shown] = []] = Object.entries(names);
    expect(idOf({ namespace: namespace as Identity['namespace'], value: String(shown).toLowerCase() })).toBe(
      id,
    );
  });

  it('names the person by its other columns as well', () => {
    const message = messageOf({ lead_id: idOf(EMAIL), cookie: 'ck_1', external_id: 'u-1' });

    expect(message).toMatchObject({
      message: { names: { email: 'Jane@Acme.com', anonymousId: 'ck_1', userId: 'u-1' } },
    });
  });

  it('may say the same twice, however it is written', () => {
    const message = messageOf({ lead_id: idOf(EMAIL), email: 'JANE@acme.com' });

    expect(message).toMatchObject({ message: { names: { email: 'JANE@acme.com' } } });
  });

  it.each([
    [EMAIL, 'email', 'jane@old.com'],
    [USER, 'external_id', 'u-2'],
  ])('cannot have another identity of the same kind: %j', (identity, column, value) => {
    const message = messageOf({ lead_id: idOf(identity), [column]: value });

    expect(message).toEqual({
      kind: 'rejected',
      field: 'lead_id',
      reason: `lead_id is the id of another ${column}`,
    });
  });

  it('is refused if there is no such contact', () => {
    const message = messageOf({
      lead_id: idOf({ namespace: 'userId', value: 'u-2' }),
      email: 'jane@acme.com',
    });

    expect(message).toEqual({ kind: 'rejected', field: 'lead_id', reason: 'Contact not found' });
  });
});

describe('other rows', () => {
  it('stay as they are', () => {
    const rows = [rowOf({ email: 'bob@example.com' }), rowOf({ email: 'bob' }), rowOf({ lead_id: 'ld_1' })];

    expect(messagesOf(rows, ownerOf)).toEqual(rows);
  });
});

describe('the ids of contacts to be read', () => {
  it('are those of the rows, each once', () => {
    const rows = [
      rowOf({ lead_id: idOf(EMAIL) }),
      rowOf({ lead_id: 'ld_1' }),
      rowOf({ lead_id: idOf(EMAIL), cookie: 'ck_1' }),
      rowOf({ lead_id: idOf(USER), email: 'not an address' }),
      rowOf({ lead_id: idOf(CIO) }),
    ];

    expect([...contactIdsOf(rows)]).toEqual([idOf(EMAIL), idOf(CIO)]);
  });
});
