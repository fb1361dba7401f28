import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startRebuild } from '#shared/analytics/start-rebuild.ts';
import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { createQueueSender, createSqsClient } from '#shared/aws/sqs.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { createEveryoneStore } from '#shared/jobs/everyone-store.ts';
import { createJobStore, type JobStore } from '#shared/jobs/job-store.ts';
import { progressOf } from '#shared/jobs/progress.ts';
import { createJobStarter } from '#shared/jobs/starter.ts';
import { createKeyStore } from '#shared/keys/key-store.ts';
import { isId } from '#shared/time/ids.ts';
import { findDeployment, UsageError } from './deployment.ts';
import { organisationNamed, runMain } from './main.ts';

const USAGE = `npm run analytics:rebuild -- --org NAME             recount the events of an organisation from the events themselves
npm run analytics:rebuild -- --org NAME --job ID    watch a rebuild that is already started

  --no-wait      start it without waiting for its end
  --local        the local stack (npm run stack:up)
  --stage NAME   on AWS, by AWS_PROFILE and AWS_REGION; default: production

The rebuild runs in the stack: interrupting this command does not end it (npm run jobs -- cancel does). Imports continue,
and charts show the previous counts until it is done.`;

const options = {
  org: { type: 'string' },
  job: { type: 'string' },
  'no-wait': { type: 'boolean' },
  stage: { type: 'string' },
  local: { type: 'boolean' },
} as const;

/** The time between two reads of the progress, in ms. */
const POLL_MS = 2_000;

/**
 * Prints the progress of a rebuild until it ends.
 * @returns whether it succeeded
 */
const watch = async (jobs: Pick<JobStore, 'read'>, orgId: string, jobId: string): Promise<boolean> => {
  let printed = '';
  for (;;) {
    const view = await jobs.read(orgId, jobId);
    if (view === undefined) throw new UsageError(`Rebuild not found: ${jobId}`);
    const { status, total, done, failed } = progressOf(view);
    const line = `${done} of ${total}${view.job.isPlanned ? '' : ' so far'}, ${failed} failed: ${status}`;
    if (line !== printed) console.log(line);
    printed = line;
    if (status !== 'running' && view.job.state !== 'running') return status === 'completed';
    await sleep(POLL_MS);
  }
};

const main = async (): Promise<void> => {
  const { values } = parseArgs({ options });
  if (!values.org) throw new UsageError(USAGE);
  if (values.job !== undefined && !isId('reb', values.job)) throw new UsageError(USAGE);
  const outputs = await findDeployment(values);
  const client = createDynamoClient();
  const output = (name: (typeof OUTPUT)[keyof typeof OUTPUT]) => outputs[name] as string;
  const organisation = await organisationNamed(createKeyStore(client, output(OUTPUT.keysTable)), values.org);
  const jobs = createJobStore(client, output(OUTPUT.jobsTable), Date.now);

  let jobId = values.job;
  if (jobId === undefined) {
    const starter = createJobStarter({
      jobs,
      everyone: createEveryoneStore(client, output(OUTPUT.jobsTable)),
      planner: createQueueSender(createSqsClient(), output(OUTPUT.planQueueUrl)),
      now: Date.now,
    });
    const started = await startRebuild({ starter, now: Date.now }, organisation.id);
    if (started.kind === 'full') {
      throw new UsageError(`${values.org} has too many running jobs: ${started.running.join(', ')}`);
    }
    jobId = started.jobId;
    console.log(`${jobId} recounts the events of ${organisation.name} (${organisation.id}).`);
  }
  if (values['no-wait']) return;
  if (await watch(jobs, organisation.id, jobId)) {
    console.log('The charts show the new counts.');
    return;
  }
  console.log('The rebuild failed, was cancelled or was superseded: the charts are unchanged.');
  process.exitCode = 1;
};

await runMain(main);
