import { join } from 'node:path';
import { LOCAL } from '#local/folders.ts';
import { listenForInterrupts } from '#local/interrupts.ts';
import { killGroup } from '#local/processes.ts';
import { bringUp } from '#local/stack.ts';
import { silentSteps } from '#local/steps.ts';

/** Starts a stack for this test run, with its own port and folder, so that other stacks may run at the same time. */
export default async function setUp(): Promise<void> {
  const { signal } = listenForInterrupts();
  const stack = await bringUp({ folder: join(LOCAL, `test-${process.pid}`), steps: silentSteps, signal });
  process.env['TEST_STACK'] = JSON.stringify(stack);
  // An interrupted run never reaches its teardown.
  process.once('exit', () => killGroup(stack));
  signal.addEventListener('abort', () => process.exit(signal.reason.exitCode));
}
