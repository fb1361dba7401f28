import { createBulkClient } from '#shared/aws/dynamodb.ts';
import { budgetOf } from '#shared/aws/retry.ts';
import { identityIdOf } from '#shared/identities/contact-id.ts';
import type { Identity } from '#shared/identities/identity.ts';
import { createLinkStore } from '#shared/linking/link-store.ts';
import { createMerge } from '#shared/linking/merge.ts';
import { newOrg } from '#test/support/api.ts';
import type { Happening } from '#test/support/people.ts';
import { newPeopleStage, peopleTables } from '#test/support/people-stage.ts';

const NOW = Date.now();
const FIRST: Identity = { namespace: 'userId', value: 'u-1' };
const SECOND: Identity = { namespace: 'userId', value: 'u-2' };

const historyOf = (by: Identity, events: number): Happening[] => [
  { kind: 'identify', names: { userId: by.value } },
  ...Array.from(
    { length: events },
    (_, nth): Happening => ({
      kind: 'event',
      by,
      event: { kind: 'web', type: 'page_view', occurredAt: NOW - (nth + 1) * 3_600_000, eventId: `${nth}` },
    }),
  ),
];

interface Counted {
  readonly input: { readonly TransactItems?: readonly object[] };
}

/** The calls of a merge of two contacts with as many events each. */
const callsOfMerge = async (events: number) => {
  const { orgId } = await newOrg();
  const stage = newPeopleStage(orgId);
  await stage.deliver([...historyOf(FIRST, events), ...historyOf(SECOND, events)], NOW);
  await stage.refresh([FIRST, SECOND].map((identity) => identityIdOf(orgId, identity)));
  const calls: string[] = [];
  const client = createBulkClient();
  const send = client.send.bind(client) as (command: object, options?: object) => Promise<object>;
  const counted = (command: Counted, options?: object): Promise<object> => {
    const { TransactItems } = command.input;
    calls.push(TransactItems === undefined ? 'read' : `write ${TransactItems.length}`);
    return send(command, options);
  };
  client.send = counted as typeof client.send;
  const merge = createMerge(createLinkStore(client, peopleTables()));
  const budget = budgetOf(20_000);

  await merge(orgId, identityIdOf(orgId, FIRST), identityIdOf(orgId, SECOND), { now: NOW, budget });

  return calls;
};

describe('the cost of a merge', () => {
  it('does not depend on the number of events', async () => {
    const ofMany = await callsOfMerge(1_000);
    const ofNone = await callsOfMerge(0);

    expect(ofMany).toEqual(ofNone);
    // The contact that stays, the one that goes, both identities, and both standings.
    expect(ofMany.filter((call) => call !== 'read')).toEqual(['write 6']);
  });
});
