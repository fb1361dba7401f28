import { aGroup, anAlias, messageOf, reasonOf, SENT_AT, translated } from '#test/support/segment-messages.ts';

const nobody = { userId: undefined };

describe('a group', () => {
  it('changes a company, to which the person belongs', () => {
    const message = messageOf(aGroup({ traits: { name: 'Acme', seats: null } }));

    expect(message).toEqual({
      id: 'message-1',
      names: { userId: 'user-17' },
      at: SENT_AT,
      company: {
        groupId: 'acme',
        traits: new Map([
          ['name', '"Acme"'],
          ['seats', 'null'],
        ]),
        isMember: true,
      },
    });
  });

  it('may be about the company alone', () => {
    const message = messageOf(aGroup({ ...nobody, traits: { email: 'office@example.com' } }));

    expect(message.names).toEqual({});
    expect(message.company?.isMember).toBeUndefined();
  });

  it.each([
    [{ groupId: ' acme ' }, 'acme'],
    [{ groupId: 17 }, '17'],
    [{ traits: { object_type_id: '1' } }, 'acme'],
    [{ traits: { object_type_id: '2' } }, '2:acme'],
    [{ traits: { object_type_id: null, objectTypeId: 3 } }, '3:acme'],
    [{ objectTypeId: 2 }, '2:acme'],
    [{ objectTypeId: 2, traits: { object_type_id: 3 } }, '3:acme'],
    [{ context: { groupId: 'other' } }, 'acme'],
  ])('%j is about this company: %s', (fields, groupId) => {
    expect(messageOf(aGroup(fields)).company?.groupId).toBe(groupId);
  });

  it.each([
    [{ groupId: undefined }, 'groupId is required'],
    [{ groupId: null }, 'groupId is required'],
    [{ groupId: ' ' }, 'groupId is required'],
    [{ groupId: {} }, 'groupId must be a string of 1 to 256 bytes'],
    [{ groupId: 'x'.repeat(257) }, 'groupId must be a string of 1 to 256 bytes'],
    [{ groupId: 'x'.repeat(255), objectTypeId: 2 }, 'groupId must be a string of 1 to 256 bytes'],
    [{ objectTypeId: {} }, 'traits.object_type_id must be a string of 1 to 256 bytes'],
    [{ traits: 'x' }, 'traits must be an object'],
    [{ traits: { '': 1 } }, 'traits must have names of 1 to 128 characters'],
  ])('must be about a valid company: %j', (fields, reason) => {
    expect(reasonOf(aGroup(fields))).toBe(reason);
  });
});

describe('an alias', () => {
  it('says that whoever had the previous id is the user', () => {
    const message = messageOf(anAlias({ anonymousId: 'anon-5' }));

    expect(message).toEqual({
      id: 'message-1',
      names: { userId: 'user-17' },
      at: SENT_AT,
      absorbed: [
        { namespace: 'userId', shown: 'anon-4' },
        { namespace: 'anonymousId', shown: 'anon-4' },
      ],
    });
  });

  it('does not absorb the user into themselves', () => {
    const { absorbed } = messageOf(anAlias({ previousId: ' 17 ', userId: 17 }));

    expect(absorbed).toEqual([{ namespace: 'anonymousId', shown: '17' }]);
  });

  it.each([
    [{ previousId: undefined }, 'previousId is required'],
    [{ previousId: '' }, 'previousId is required'],
    [{ previousId: {} }, 'previousId must be a string of 1 to 256 bytes'],
    [nobody, 'userId is required'],
    [{ ...nobody, anonymousId: 'anon-5' }, 'userId is required'],
    [{ userId: {} }, 'userId must be a string of 1 to 256 bytes'],
  ])('must have both ids: %j', (fields, reason) => {
    expect(reasonOf(anAlias(fields))).toBe(reason);
  });

  it('names the field that it lacks', () => {
    expect(translated(anAlias(nobody))).toMatchObject({ kind: 'rejected', field: 'userId' });
  });
});
