import { setTimeout as sleep } from 'node:timers/promises';
import { createProgram, runProgram } from '#cli/main.ts';
import { UserError } from '#cli/user-error.ts';
import { listenForInterrupts } from './interrupts.ts';
import { isRunning } from './processes.ts';
import { describe, type StackUp, up } from './up.ts';

/** How often it looks whether the stack is still running, in ms. */
const LOOK_MS = 1_000;

/** Waits for an interrupt. @throws UserError if the stack ends before */
const stayUp = async (stack: StackUp, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    if (!isRunning(stack))
      throw new UserError('\nMiniStack has ended by itself; see .local/stack/ministack.log');
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
};

const program = createProgram(
  'npm start',
  `Run the whole backend locally, with the documentation's example imported, until Ctrl-C.

It replaces the stack that is running, if there is one. STACK_PORT sets the port; by default any free one is used.`,
  ['npm start', 'STACK_PORT=4566 npm start', 'npm run stack:up    # the same as npm start -- --detach'],
)
  .option('--detach', 'return when the stack is up, and leave it running until npm run stack:down')
  .action(async ({ detach }: { detach?: true }) => {
    const { signal } = listenForInterrupts();
    const stack = await up(signal);
    console.log(describe(stack));
    if (detach) {
      console.log('It keeps running until: npm run stack:down');
      return;
    }
    console.log('Press Ctrl-C to stop it.');
    try {
      await stayUp(stack, signal);
    } finally {
      await stack.takeDown();
    }
    console.log('\nThe stack is stopped.');
  });

await runProgram(program);
