import { parseArgs } from 'node:util';
import { createSqsClient, moveMessages } from '#shared/aws/sqs.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { findDeployment, UsageError } from './deployment.ts';

const USAGE = `npm run redrive -- --queue refresh|plan   put a queue's dead letters back, once what broke them is mended

  --local        the local stack (npm run stack:up)
  --stage NAME   on AWS, by AWS_PROFILE and AWS_REGION; production unless said

Where it is broken off, nothing is lost: run it again.`;

const options = {
  queue: { type: 'string' },
  stage: { type: 'string' },
  local: { type: 'boolean' },
} as const;

/** The queues whose dead letters are messages; those of streams name records and are seen to as the runbook says. */
const QUEUES: Readonly<Record<string, { readonly queue: string; readonly deadLetters: string }>> = {
  refresh: { queue: OUTPUT.refreshQueueUrl, deadLetters: OUTPUT.refreshDeadLetterQueueUrl },
  plan: { queue: OUTPUT.planQueueUrl, deadLetters: OUTPUT.planDeadLetterQueueUrl },
};

const main = async (): Promise<void> => {
  const { values } = parseArgs({ options });
  const names = QUEUES[values.queue ?? ''];
  if (names === undefined) throw new UsageError(USAGE);
  const outputs = await findDeployment(values);
  const [from, to] = [outputs[names.deadLetters] as string, outputs[names.queue] as string];
  const moved = await moveMessages(createSqsClient(), from, to);
  console.log(`${moved} ${moved === 1 ? 'message is' : 'messages are'} back in the ${values.queue} queue.`);
};

try {
  await main();
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error);
  process.exitCode = 1;
}
