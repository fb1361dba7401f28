import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { stopMiniStack } from '#local/ministack.ts';
import { LOCAL } from '#local/stack.ts';

/** Stops the stack that stack-setup.ts started. */
export default async function tearDown(): Promise<void> {
  const stack = process.env['TEST_STACK'];
  if (stack === undefined) return;
  await stopMiniStack(JSON.parse(stack).pid);
  if (!process.env['KEEP_TEST_STACK_LOGS']) {
    await rm(join(LOCAL, `test-${process.pid}`), { recursive: true, force: true });
  }
}
