import { Option } from 'commander';
import { moveMessages } from '#local/move-messages.ts';
import { createSqsClient } from '#shared/aws/sqs.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { type DeploymentOptions, findDeployment, withDeployment } from './deployment.ts';
import { createProgram, runProgram } from './main.ts';
import { runMoveTask } from './message-move-task.ts';

/** The queues whose dead letters are messages. Dead letters of streams only name records; see the runbook. */
const QUEUES = {
  live: { queue: OUTPUT.liveQueueUrl, deadLetters: OUTPUT.liveDeadLetterQueueUrl },
  due: { queue: OUTPUT.dueQueueUrl, deadLetters: OUTPUT.dueDeadLetterQueueUrl },
  bulk: { queue: OUTPUT.bulkQueueUrl, deadLetters: OUTPUT.bulkDeadLetterQueueUrl },
  plan: { queue: OUTPUT.planQueueUrl, deadLetters: OUTPUT.planDeadLetterQueueUrl },
  rebuild: { queue: OUTPUT.rebuildQueueUrl, deadLetters: OUTPUT.rebuildDeadLetterQueueUrl },
  messages: { queue: OUTPUT.messageQueueUrl, deadLetters: OUTPUT.messageDeadLetterQueueUrl },
} as const;

const program = createProgram(
  'npm run redrive',
  'Move dead letters back to their queue, once the cause is fixed. If it is interrupted, nothing is lost: run it again.',
  ['npm run redrive -- --queue bulk'],
);

withDeployment(
  program.addOption(
    new Option('--queue <name>', 'the queue').choices(Object.keys(QUEUES)).makeOptionMandatory(),
  ),
).action(async ({ queue, ...deployment }: DeploymentOptions & { queue: keyof typeof QUEUES }) => {
  const output = await findDeployment(deployment);
  const [from, to] = [output(QUEUES[queue].deadLetters), output(QUEUES[queue].queue)];
  const sqs = createSqsClient();
  const onProgress = (moved: number) => console.log(`${moved} …`);
  // The local engine has no move tasks.
  const moved = await (deployment.local
    ? moveMessages(sqs, from, to)
    : runMoveTask(sqs, from, to, { onProgress }));
  console.log(`${moved} ${moved === 1 ? 'message is' : 'messages are'} back in the ${queue} queue.`);
});

await runProgram(program);
