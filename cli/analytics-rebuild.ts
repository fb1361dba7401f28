import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidArgumentError } from 'commander';
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
import { findDeployment } from './deployment.ts';
import { createProgram, runProgram } from './main.ts';
import { type OrganisationOptions, organisationNamed, withOrganisation } from './organisation.ts';
import { UserError } from './user-error.ts';

const program = createProgram(
  'npm run analytics:rebuild',
  [
    'Recount the events of an organisation from the events themselves, or watch a rebuild that is already started.',
    'The rebuild runs in the stack: interrupting this command does not end it (npm run jobs -- cancel does).',
    'Imports continue, and charts show the previous counts until it is done.',
  ].join(' '),
  ['npm run analytics:rebuild -- --org acme', 'npm run analytics:rebuild -- --org acme --no-wait'],
);

/** Parses a rebuild's id. @throws InvalidArgumentError */
const rebuildId = (value: string): string => {
  if (!isId('reb', value)) throw new InvalidArgumentError('A rebuild has an id like reb_01HZX….');
  return value;
};

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
    if (view === undefined) throw new UserError(`Rebuild not found: ${jobId}`);
    const { status, total, done, failed } = progressOf(view);
    const line = `${done} of ${total}${view.job.isPlanned ? '' : ' so far'}, ${failed} failed: ${status}`;
    if (line !== printed) console.log(line);
    printed = line;
    if (status !== 'running' && view.job.state !== 'running') return status === 'completed';
    await sleep(POLL_MS);
  }
};

withOrganisation(program)
  .option('--job <id>', 'watch this rebuild instead of starting one', rebuildId)
  .option('--no-wait', 'start it without waiting for its end')
  .action(
    async ({ org, job, wait, ...deployment }: OrganisationOptions & { job?: string; wait: boolean }) => {
      const output = await findDeployment(deployment);
      const client = createDynamoClient();
      const organisation = await organisationNamed(createKeyStore(client, output(OUTPUT.keysTable)), org);
      const jobs = createJobStore(client, output(OUTPUT.jobsTable), Date.now);

      let jobId = job;
      if (jobId === undefined) {
        const starter = createJobStarter({
          jobs,
          everyone: createEveryoneStore(client, output(OUTPUT.jobsTable)),
          planner: createQueueSender(createSqsClient(), output(OUTPUT.planQueueUrl)),
          now: Date.now,
        });
        const started = await startRebuild({ starter, now: Date.now }, organisation.id);
        if (started.kind === 'full') {
          throw new UserError(`${org} has too many running jobs: ${started.running.join(', ')}`);
        }
        jobId = started.jobId;
        console.log(`${jobId} recounts the events of ${organisation.name} (${organisation.id}).`);
      }
      if (!wait) return;
      if (!(await watch(jobs, organisation.id, jobId))) {
        throw new UserError('The rebuild failed, was cancelled or was superseded: the charts are unchanged.');
      }
      console.log('The charts show the new counts.');
    },
  );

await runProgram(program);
