import { createMergeContacts } from '#functions/ingest/contacts/merge-handler.ts';
import { contactIdOf, identityIdOf } from '#shared/identities/contact-id.ts';
import type { MergeOutcome } from '#shared/linking/merge.ts';
import { OutOfTimeError } from '#shared/time/out-of-time.ts';
import { aRequest, fixedClock, NOW, ORG, SARAH, SARAH_ID } from '#test/support/builders.ts';
import { errorOf } from '#test/support/import-world.ts';

const JAMES_ID = contactIdOf(ORG, 'james@example.com');

const aStage = (outcome: MergeOutcome | Error = { kind: 'one', contactId: JAMES_ID, merged: true }) => {
  const merges: unknown[] = [];
  const refreshed: unknown[] = [];
  const operation = createMergeContacts({
    merge: async (orgId, from, into, { now, budget }) => {
      merges.push({ orgId, from, into, now, ms: budget.deadline - NOW });
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
    refresh: async (orgId, contactIds) => {
      refreshed.push([orgId, contactIds]);
    },
    now: fixedClock,
  });
  const call = (body: unknown = { from: SARAH_ID, into: JAMES_ID }) =>
    operation(aRequest({ body: JSON.stringify(body) }));
  return { call, merges, refreshed };
};

describe('the endpoint of merges', () => {
  it('merges the contacts of two ids within twenty seconds, and has the one that stays refreshed', async () => {
    const { call, merges, refreshed } = aStage();

    const answer = await call();

    expect(answer).toEqual({ statusCode: 200, body: { contactId: JAMES_ID, merged: true } });
    expect(merges).toEqual([{ orgId: ORG, from: SARAH_ID, into: JAMES_ID, now: NOW, ms: 20_000 }]);
    expect(refreshed).toEqual([[ORG, [JAMES_ID]]]);
  });

  it.each([
    [{ email: ` ${SARAH.toUpperCase()} ` }, SARAH_ID],
    [{ userId: ' u-1 ' }, identityIdOf(ORG, { namespace: 'userId', value: 'u-1' })],
    [{ phone: '+1 (213) 373-4253' }, identityIdOf(ORG, { namespace: 'phone', value: '+12133734253' })],
    [{ anonymousId: '__proto__' }, identityIdOf(ORG, { namespace: 'anonymousId', value: '__proto__' })],
    [{ social: '@s' }, identityIdOf(ORG, { namespace: 'social', value: '@s' })],
    [{ leadId: 'l' }, identityIdOf(ORG, { namespace: 'leadId', value: 'l' })],
    [{ cioId: 'c' }, identityIdOf(ORG, { namespace: 'cioId', value: 'c' })],
  ])('takes an identity instead of an id: %j', async (from, id) => {
    const { call, merges } = aStage();

    await call({ from, into: JAMES_ID });

    expect(merges).toMatchObject([{ from: id, into: JAMES_ID }]);
  });

  it('refreshes nothing if they were one before', async () => {
    const { call, refreshed } = aStage({ kind: 'one', contactId: JAMES_ID, merged: false });

    expect(await call()).toEqual({ statusCode: 200, body: { contactId: JAMES_ID, merged: false } });
    expect(refreshed).toEqual([]);
  });

  it.each<[string, MergeOutcome, number, string]>([
    ['from is not there', { kind: 'not-found', which: 'from' }, 404, 'Contact not found: from'],
    ['into is not there', { kind: 'not-found', which: 'into' }, 404, 'Contact not found: into'],
    [
      'there are too many identities',
      { kind: 'impossible', reason: 'too_many_identities' },
      409,
      'The contacts have more than 100 identities together; nothing was changed',
    ],
    [
      'there are too many attributes',
      { kind: 'impossible', reason: 'contact_too_large' },
      409,
      'The contacts have more attributes together than a contact can have; nothing was changed',
    ],
  ])('answers with an error if %s', async (_, outcome, status, message) => {
    const { call, refreshed } = aStage(outcome);

    const error = await errorOf(call());

    expect([error.statusCode, error.message]).toEqual([status, message]);
    expect(refreshed).toEqual([]);
  });

  it('merges nothing if the body is wrong', async () => {
    const { call, merges } = aStage();

    const errors = await Promise.all(
      [
        { from: SARAH_ID },
        { from: SARAH_ID, into: SARAH_ID },
        { from: { email: SARAH }, into: SARAH_ID },
        { from: SARAH_ID, into: { userId: '\ud800' } },
      ].map((body) => errorOf(call(body))),
    );

    expect(errors.map(({ statusCode, message }) => [statusCode, message])).toEqual([
      [400, 'into is required'],
      [400, 'from and into must be different'],
      [400, 'from and into must be different'],
      [400, 'into.userId must be text without lone surrogates'],
    ]);
    expect(merges).toEqual([]);
  });

  it('leaves it to the caller to answer if time runs out', async () => {
    const { call } = aStage(new OutOfTimeError('Too late'));

    await expect(call()).rejects.toThrow(OutOfTimeError);
  });
});
