import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { testStack } from '#test/support/api.ts';
import { ALL_FAULTS, sometimes } from '#test/support/fault-plans.ts';
import { type FaultProxy, startFaultProxy } from '#test/support/fault-proxy.ts';
import { unitePeople } from '#test/support/people.ts';
import { happeningsInConflict, LATEST, peacefulHappenings } from '#test/support/people-arbitraries.ts';
import {
  cut,
  expectNoContradictions,
  expectPeople,
  newStage,
  refreshEveryone,
} from '#test/support/people-check.ts';
import { stackDynamo } from '#test/support/tables.ts';

let proxy: FaultProxy;
let client: DynamoDBClient;
beforeAll(async () => {
  stackDynamo();
  proxy = await startFaultProxy(testStack().endpoint, 20261125);
  client = new DynamoDBClient({ endpoint: proxy.endpoint, maxAttempts: 1 });
});
afterAll(async () => {
  client.destroy();
  await proxy.close();
});

/** A stage whose calls sometimes fail. */
const aFaultyStage = async () => {
  const stage = await newStage(client);
  proxy.plan(stage.org.orgId, sometimes(...ALL_FAULTS));
  return stage;
};

describe('while calls to the tables fail, and others write the same contacts', () => {
  it('messages, merges and refreshes end in the same people', async () => {
    await fc.assert(
      fc.asyncProperty(peacefulHappenings, async (happenings) => {
        const stage = await aFaultyStage();

        await Promise.all([
          ...cut(happenings, 7).map((batch) => stage.deliver(batch, LATEST)),
          refreshEveryone(stage),
          ...cut(happenings.toReversed(), 5).map((batch) => stage.deliver(batch, LATEST)),
        ]);
        await refreshEveryone(stage);

        expect(proxy.faultsOf(stage.org.orgId)).toBeGreaterThan(0);
        await expectPeople(stage, unitePeople(happenings), happenings);
      }),
      { numRuns: 3, endOnFailure: true },
    );
  }, 120_000);

  it('messages in conflict leave no contradiction in the tables', async () => {
    await fc.assert(
      fc.asyncProperty(happeningsInConflict, async (happenings) => {
        const stage = await aFaultyStage();

        await Promise.all([
          ...cut(happenings, 3).map((batch) => stage.deliver(batch, LATEST)),
          refreshEveryone(stage),
        ]);
        await refreshEveryone(stage);

        await expectNoContradictions(stage, happenings);
      }),
      { numRuns: 3, endOnFailure: true },
    );
  }, 120_000);
});
