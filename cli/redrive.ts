import { parseArgs } from 'node:util';
import { moveMessages } from '#local/move-messages.ts';
import { createSqsClient } from '#shared/aws/sqs.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { findDeployment, UsageError } from './deployment.ts';
import { runMain } from './main.ts';
import { runMoveTask } from './message-move-task.ts';

const USAGE = `npm run redrive -- --queue live|due|bulk|plan|rebuild   move dead letters back to their queue, once the cause is fixed

  --local        the local stack (npm run stack:up)
  --stage NAME   on AWS, by AWS_PROFILE and AWS_REGION; default: production

If it is interrupted, nothing is lost: run it again.`;

const options = {
  queue: { type: 'string' },
  stage: { type: 'string' },
  local: { type: 'boolean' },
} as const;

/** The queues whose dead letters are messages. Dead letters of streams only name records; see the runbook. */
const QUEUES: Readonly<Record<string, { readonly queue: string; readonly deadLetters: string }>> = {
  live: { queue: OUTPUT.liveQueueUrl, deadLetters: OUTPUT.liveDeadLetterQueueUrl },
  due: { queue: OUTPUT.dueQueueUrl, deadLetters: OUTPUT.dueDeadLetterQueueUrl },
  bulk: { queue: OUTPUT.bulkQueueUrl, deadLetters: OUTPUT.bulkDeadLetterQueueUrl },
  plan: { queue: OUTPUT.planQueueUrl, deadLetters: OUTPUT.planDeadLetterQueueUrl },
  rebuild: { queue: OUTPUT.rebuildQueueUrl, deadLetters: OUTPUT.rebuildDeadLetterQueueUrl },
};

const main = async (): Promise<void> => {
  const { values } = parseArgs({ options });
  const names = QUEUES[values.queue ?? ''];
  if (names === undefined) throw new UsageError(USAGE);
  const outputs = await findDeployment(values);
  const [from, to] = [outputs[names.deadLetters] as string, outputs[names.queue] as string];
  const sqs = createSqsClient();
  const onProgress = (moved: number) => console.log(`${moved} …`);
  // The local engine has no move tasks.
  const moved = await (values.local
    ? moveMessages(sqs, from, to)
    : runMoveTask(sqs, from, to, { onProgress }));
  console.log(`${moved} ${moved === 1 ? 'message is' : 'messages are'} back in the ${values.queue} queue.`);
};

await runMain(main);
