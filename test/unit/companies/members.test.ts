import { createMembersOf } from '#shared/companies/members.ts';
import type { ContactState } from '#shared/contacts/contact-state.ts';
import { changedAt } from '#shared/contacts/timed.ts';
import { identityIdOf } from '#shared/identities/contact-id.ts';
import type { Identity } from '#shared/identities/identity.ts';
import { aBudget, idsOf, NOW, ORG } from '#test/support/builders.ts';
import { aState } from '#test/support/linking.ts';

const EMAIL: Identity = { namespace: 'email', value: 'a@example.com' };
const USER: Identity = { namespace: 'userId', value: 'u-1' };
const [EMAIL_ID, USER_ID] = [identityIdOf(ORG, EMAIL), identityIdOf(ORG, USER)];

const memberOf = (text: string) => changedAt([['acme', text]], { at: NOW, nth: 0 });

/** Reads the members of a company; `moved` are contacts that have become one with others after the first look-up. */
const read = async (
  rows: readonly string[],
  states: readonly ContactState[],
  moved: readonly string[] = [],
) => {
  let reads = 0;
  const membersOf = createMembersOf({
    companies: { members: async () => ({ items: rows, next: [3, EMAIL_ID] }) },
    identities: {
      find: async (_orgId, ids) => {
        const found = (await idsOf(ids)).flatMap((id) => {
          const owner = states.find(({ identities }) => identities.has(id));
          const contactId = moved.includes(id) && reads === 0 ? 'c_gone' : owner?.contactId;
          return contactId === undefined ? [] : [[id, { contactId, isOnly: false }] as const];
        });
        return new Map(found);
      },
    },
    contacts: {
      states: async (_orgId, ids) => {
        reads += 1;
        return states.filter(({ contactId }) => [...ids].includes(contactId));
      },
    },
  });
  const { items, next } = await membersOf(ORG, 'acme', 50, [0, null], { budget: aBudget() });
  expect(next).toEqual([3, EMAIL_ID]);
  return items.map(({ contact, identityId }) => [contact.contactId, identityId]);
};

describe('the members of a company', () => {
  it.each<[string, readonly string[], readonly ContactState[], readonly string[][]]>([
    [
      'are contacts that belong to it',
      [EMAIL_ID],
      [aState([EMAIL], { companies: memberOf(JSON.stringify(EMAIL_ID)) })],
      [[EMAIL_ID, EMAIL_ID]],
    ],
    [
      'are listed once, by the identity that was sent last',
      [EMAIL_ID, USER_ID],
      [aState([EMAIL, USER], { companies: memberOf(JSON.stringify(USER_ID)) })],
      [[EMAIL_ID, USER_ID]],
    ],
    ['are not those that have left', [EMAIL_ID], [aState([EMAIL], { companies: memberOf('null') })], []],
    ['are not those whose message was not stored', [EMAIL_ID, USER_ID], [aState([EMAIL])], []],
  ])('%s', async (_what, rows, states, expected) => {
    expect(await read(rows, states)).toEqual(expected);
  });

  it('are found although their contact becomes one with another while they are read', async () => {
    const state = aState([EMAIL, USER], { companies: memberOf(JSON.stringify(USER_ID)) });

    expect(await read([USER_ID], [state], [USER_ID])).toEqual([[EMAIL_ID, USER_ID]]);
  });
});
