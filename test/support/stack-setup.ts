import { join } from 'node:path';
import { killNow } from '#local/ministack.ts';
import { bringUp, LOCAL } from '#local/stack.ts';
import { silentSteps } from '#local/steps.ts';

/** Starts a stack for this test run, with its own port and folder, so that other stacks may run at the same time. */
export default async function setUp(): Promise<void> {
  const stack = await bringUp({ folder: join(LOCAL, `test-${process.pid}`), steps: silentSteps });
  process.env['TEST_STACK'] = JSON.stringify(stack);
  // An interrupted run never reaches its teardown.
  process.once('exit', () => killNow(stack.pid));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
}
