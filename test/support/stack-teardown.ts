import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LOCAL } from '#local/folders.ts';
import { endGroup } from '#local/processes.ts';

/** Stops the stack that stack-setup.ts started. */
export default async function tearDown(): Promise<void> {
  const stack = process.env['TEST_STACK'];
  if (stack === undefined) return;
  await endGroup(JSON.parse(stack));
  if (!process.env['KEEP_TEST_STACK_LOGS']) {
    await rm(join(LOCAL, `test-${process.pid}`), { recursive: true, force: true });
  }
}
