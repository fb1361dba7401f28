import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { createGenerationsStore } from '#shared/analytics/generations-store.ts';
import { startRebuild } from '#shared/analytics/start-rebuild.ts';
import { budgetOf } from '#shared/aws/retry.ts';
import { createQueueSender, createSqsClient } from '#shared/aws/sqs.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { historyKey } from '#shared/events/event-item.ts';
import { contactIdOf } from '#shared/identities/contact-id.ts';
import { createEveryoneStore } from '#shared/jobs/everyone-store.ts';
import { createJobStore } from '#shared/jobs/job-store.ts';
import { progressOf } from '#shared/jobs/progress.ts';
import { cancelJob, createJobStarter } from '#shared/jobs/starter.ts';
import { countedTotals, storedEvents, totalsOf, untilCounted } from '#test/support/analytics.ts';
import type { TestOrg } from '#test/support/api.ts';
import { EVENT_IMPORTS, importEntries, newOrgWith } from '#test/support/imports.ts';
import { stackDynamo, tableName } from '#test/support/tables.ts';
import { until } from '#test/support/until.ts';

const EMAILS = Array.from({ length: 20 }, (_, nth) => `c${nth}@example.com`);

/** The stores and the starter of jobs, as in `npm run analytics:rebuild`. */
const tools = () => {
  const client = stackDynamo();
  const jobs = createJobStore(client, tableName(OUTPUT.jobsTable), Date.now);
  const everyone = createEveryoneStore(client, tableName(OUTPUT.jobsTable));
  const planner = createQueueSender(createSqsClient(), tableName(OUTPUT.planQueueUrl));
  const starter = createJobStarter({ jobs, everyone, planner, now: Date.now });
  const generations = createGenerationsStore(client, tableName(OUTPUT.rollupsTable));
  return { jobs, everyone, starter, generations, now: Date.now };
};

const generationsOf = ({ orgId }: TestOrg) => tools().generations.read(orgId, budgetOf(5_000));

/** Waits until a job has ended. @returns its final status */
const outcomeOf = async ({ orgId }: TestOrg, jobId: string): Promise<string> => {
  let status = '';
  await until(
    `${jobId} has ended`,
    async () => {
      const view = await tools().jobs.read(orgId, jobId);
      status = view === undefined ? 'unknown' : progressOf(view).status;
      return view?.job.state !== 'running';
    },
    60_000,
  );
  return status;
};

const rebuild = async (org: TestOrg): Promise<string> => {
  const { jobId } = await startRebuild(tools(), org.orgId);
  return outcomeOf(org, jobId);
};

/** A function that imports events of all kinds and contacts; each call imports different ones. */
const newImports = (org: TestOrg, emails: readonly string[]) => {
  let at = 0;
  return async (): Promise<void> => {
    for (const shape of EVENT_IMPORTS) {
      at += 1;
      const entries = Array.from({ length: 60 }, (_, nth) =>
        shape.anEntry({
          contactEmail: emails[nth % emails.length],
          occurredAt: new Date(
            // However long the rebuilds take, within two and a half years.
            Date.parse('2024-01-01T05:00:00Z') + ((at * 60 + nth) % 10_000) * 7_654_321,
          ).toISOString(),
          eventId: `${at}-${nth}`,
        }),
      );
      const { body } = await importEntries(org, shape, entries);
      expect(body.imported).toBe(60);
    }
  };
};

describe('a rebuild of the deployed stack', () => {
  it('agrees with the table for old and new contacts while imports continue', async () => {
    const emails = [...EMAILS];
    const org = await newOrgWith(...emails);
    const importSome = newImports(org, emails);
    await importSome();
    let over = false;
    const importing = (async () => {
      for (let round = 0; !over || round < 3; round++) {
        const email = `new-${round}@example.com`;
        await org.post('/v1/contacts/batch', { contacts: [{ email }] });
        emails.push(email);
        await importSome();
      }
    })();

    const outcomes = [await rebuild(org), await rebuild(org)];
    over = true;
    await importing;

    await untilCounted(org);
    expect(outcomes).toEqual(['completed', 'completed']);
    expect(await generationsOf(org)).toMatchObject({ current: 2, building: undefined });
    expect(await countedTotals(org)).toEqual(totalsOf(await storedEvents(org)));
  }, 150_000);

  it('leaves the charts unchanged if it is cancelled, and the next one completes', async () => {
    const org = await newOrgWith(...EMAILS);
    const importSome = newImports(org, EMAILS);
    await importSome();
    await untilCounted(org);
    const { jobId } = await startRebuild(tools(), org.orgId);

    const cancelled = await cancelJob(tools(), org.orgId, jobId);
    await importSome();
    await untilCounted(org);
    const totals = await countedTotals(org);
    const outcome = await outcomeOf(org, jobId);
    const next = await rebuild(org);

    expect([cancelled, outcome, next]).toEqual([true, 'failed', 'completed']);
    expect(totals).toEqual(totalsOf(await storedEvents(org)));
    expect(await countedTotals(org)).toEqual(totals);
  }, 100_000);

  it('leaves the charts unchanged if a contact cannot be read, and is reported as failed', async () => {
    const org = await newOrgWith(...EMAILS);
    const importSome = newImports(org, EMAILS);
    await importSome();
    await untilCounted(org);
    const totals = await countedTotals(org);
    const TableName = tableName(OUTPUT.eventsTable);
    const Key = {
      pk: { S: historyKey(org.orgId, contactIdOf(org.orgId, EMAILS[7] as string)) },
      sk: { S: '2025-11-15T10:30:00.000Z#eAAAAAAAAAAAAAAAA' },
    };
    // An item in the contact's history that is not an event.
    await stackDynamo().send(new PutItemCommand({ TableName, Item: Key }));

    const broken = await rebuild(org);
    const generations = await generationsOf(org);
    const unchanged = await countedTotals(org);
    await stackDynamo().send(new DeleteItemCommand({ TableName, Key }));
    const mended = await rebuild(org);

    expect([broken, mended]).toEqual(['failed', 'completed']);
    expect(generations).toMatchObject({ current: 0, building: undefined });
    expect(unchanged).toEqual(totals);
    expect(await countedTotals(org)).toEqual(totals);
  }, 150_000);
});
