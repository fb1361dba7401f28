import { join } from 'node:path';
import { killNow } from '#local/ministack.ts';
import { bringUp, LOCAL } from '#local/stack.ts';
import { silentSteps } from '#local/steps.ts';

/** Brings up a stack for this run of the tests alone: its own port and folder, beside whatever else is up. */
export default async function setUp(): Promise<void> {
  const stack = await bringUp({ folder: join(LOCAL, `test-${process.pid}`), steps: silentSteps });
  process.env['TEST_STACK'] = JSON.stringify(stack);
  // A run that is broken off never gets to its teardown.
  process.once('exit', () => killNow(stack.pid));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
}
