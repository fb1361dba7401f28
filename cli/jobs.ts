import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { createQueueSender, createSqsClient } from '#shared/aws/sqs.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { resumeJob } from '#shared/jobs/control.ts';
import { createEveryoneStore } from '#shared/jobs/everyone-store.ts';
import type { JobView } from '#shared/jobs/job.ts';
import { createJobStore } from '#shared/jobs/job-store.ts';
import type { PlanMessage } from '#shared/jobs/messages.ts';
import { progressOf } from '#shared/jobs/progress.ts';
import { cancelJob } from '#shared/jobs/starter.ts';
import { createKeyStore } from '#shared/keys/key-store.ts';
import { findDeployment } from './deployment.ts';
import { createProgram, runProgram, text } from './main.ts';
import { type OrganisationOptions, organisationNamed, withOrganisation } from './organisation.ts';
import { UserError } from './user-error.ts';

const program = createProgram(
  'npm run jobs',
  'List, cancel and resume the jobs of an organisation: refreshes, evaluations and rebuilds.',
  ['npm run jobs -- list --org acme', 'npm run jobs -- resume --org acme --job ref_01HZX…'],
);

/** Opens the stores, and finds the organisation. */
const open = async ({ org, ...deployment }: OrganisationOptions) => {
  const output = await findDeployment(deployment);
  const client = createDynamoClient();
  const keys = createKeyStore(client, output(OUTPUT.keysTable));
  const tools = {
    jobs: createJobStore(client, output(OUTPUT.jobsTable), Date.now),
    everyone: createEveryoneStore(client, output(OUTPUT.jobsTable)),
    planner: createQueueSender<PlanMessage>(createSqsClient(), output(OUTPUT.planQueueUrl)),
    now: Date.now,
  };
  return { tools, orgId: (await organisationNamed(keys, org)).id };
};

const lineOf = (view: JobView): string => {
  const { id, kind, state, startedAt, supersededBy } = view.job;
  const { total, done, failed } = progressOf(view);
  const counts = `${done} done, ${failed} failed of ${total}${view.job.isPlanned ? '' : ' so far'}`;
  const successor = supersededBy === undefined ? [] : [`superseded by ${supersededBy}`];
  return [id, kind, startedAt, state, counts, `${view.pages.length} pages in flight`, ...successor].join(
    '  ',
  );
};

withOrganisation(
  program.command('list').description('list the running jobs of everyone in an organisation, or one job'),
)
  .option('--job <id>', 'the only job to list', text)
  .action(async ({ job, ...options }: OrganisationOptions & { job?: string }) => {
    const { tools, orgId } = await open(options);
    const ids = job === undefined ? await tools.everyone.list(orgId) : [job];
    const views = await Promise.all(ids.toSorted().map((id) => tools.jobs.read(orgId, id)));
    const found = views.filter((view) => view !== undefined);
    if (job !== undefined && found.length === 0) throw new UserError(`Job not found: ${job}`);
    for (const view of found) console.log(lineOf(view));
  });

withOrganisation(
  program.command('cancel').description('cancel a job; items that are not done count as failed'),
)
  .requiredOption('--job <id>', "the job's id, from list", text)
  .action(async ({ job, ...options }: OrganisationOptions & { job: string }) => {
    const { tools, orgId } = await open(options);
    if (!(await cancelJob(tools, orgId, job))) throw new UserError(`${job} is not running`);
    console.log(`${job} is cancelled; its workers stop within seconds.`);
  });

withOrganisation(
  program.command('resume').description('resume a job that was cancelled, or whose messages were lost'),
)
  .requiredOption('--job <id>', "the job's id", text)
  .action(async ({ job, ...options }: OrganisationOptions & { job: string }) => {
    const { tools, orgId } = await open(options);
    if (!(await resumeJob(tools, orgId, job))) {
      throw new UserError(`${job} has ended, was superseded or does not exist`);
    }
    console.log(`${job} is resumed.`);
  });

await runProgram(program);
