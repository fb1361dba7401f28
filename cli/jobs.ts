import { parseArgs } from 'node:util';
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
import { findDeployment, type Outputs, UsageError } from './deployment.ts';
import { organisationNamed, runMain } from './main.ts';

const USAGE = `npm run jobs -- list   --org NAME [--job ID]   list the running jobs of everyone in an organisation, or one job
npm run jobs -- cancel --org NAME --job ID    cancel a job; items that are not done count as failed
npm run jobs -- resume --org NAME --job ID    resume a job that was cancelled, or whose messages were lost

  --local        the local stack (npm run stack:up)
  --stage NAME   on AWS, by AWS_PROFILE and AWS_REGION; default: production`;

const options = {
  org: { type: 'string' },
  job: { type: 'string' },
  stage: { type: 'string' },
  local: { type: 'boolean' },
} as const;

/** The dependencies of the commands. */
const createTools = (outputs: Outputs) => {
  const client = createDynamoClient();
  const table = outputs[OUTPUT.jobsTable] as string;
  return {
    keys: createKeyStore(client, outputs[OUTPUT.keysTable] as string),
    jobs: createJobStore(client, table, Date.now),
    everyone: createEveryoneStore(client, table),
    planner: createQueueSender<PlanMessage>(createSqsClient(), outputs[OUTPUT.planQueueUrl] as string),
    now: Date.now,
  };
};
type Tools = ReturnType<typeof createTools>;

const lineOf = (view: JobView): string => {
  const { id, kind, state, startedAt, supersededBy } = view.job;
  const { total, done, failed } = progressOf(view);
  const counts = `${done} done, ${failed} failed of ${total}${view.job.isPlanned ? '' : ' so far'}`;
  const successor = supersededBy === undefined ? [] : [`superseded by ${supersededBy}`];
  return [id, kind, startedAt, state, counts, `${view.pages.length} pages in flight`, ...successor].join(
    '  ',
  );
};

const list = async ({ jobs, everyone }: Tools, orgId: string, jobId: string | undefined): Promise<void> => {
  const ids = jobId === undefined ? await everyone.list(orgId) : [jobId];
  const views = await Promise.all(ids.toSorted().map((id) => jobs.read(orgId, id)));
  const found = views.filter((view) => view !== undefined);
  if (jobId !== undefined && found.length === 0) throw new UsageError(`Job not found: ${jobId}`);
  for (const view of found) console.log(lineOf(view));
};

const cancel = async (tools: Tools, orgId: string, jobId: string): Promise<void> => {
  if (!(await cancelJob(tools, orgId, jobId))) throw new UsageError(`${jobId} is not running`);
  console.log(`${jobId} is cancelled; its workers stop within seconds.`);
};

const resume = async (tools: Tools, orgId: string, jobId: string): Promise<void> => {
  if (!(await resumeJob(tools, orgId, jobId))) {
    throw new UsageError(`${jobId} has ended, was superseded or does not exist`);
  }
  console.log(`${jobId} is resumed.`);
};

const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [command] = positionals;
  if (!values.org) throw new UsageError(USAGE);
  const tools = createTools(await findDeployment(values));
  const organisation = await organisationNamed(tools.keys, values.org);
  if (command === 'list') await list(tools, organisation.id, values.job);
  else if (command === 'cancel' && values.job) await cancel(tools, organisation.id, values.job);
  else if (command === 'resume' && values.job) await resume(tools, organisation.id, values.job);
  else throw new UsageError(USAGE);
};

await runMain(main);
