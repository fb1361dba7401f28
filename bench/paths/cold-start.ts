import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { ROOT } from '#local/folders.ts';
import { lambdaEnvironment, readBundles } from '../support/bundles.ts';
import { type Figure, figureOfPairs, takePairs } from '../support/figures.ts';
import { bundleFloor } from '../support/floor-bundle.ts';
import type { World } from '../support/world.ts';

const WORKER = join(ROOT, 'bench', 'workers', 'cold-start.mjs');

/** An endpoint without a server: the bundles make no calls while they load. */
const NOWHERE = 'http://127.0.0.1:9';

/** The time-out of a start. */
const GIVEN_UP_MS = 20_000;

/**
 * Starts a process that loads the bundle, and kills it.
 * @returns ms from starting the process until its handler is ready
 */
const startCold = async (file: string, env: Record<string, string>): Promise<number> => {
  const began = performance.now();
  const child = spawn(process.execPath, [WORKER, file], {
    env,
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    timeout: GIVEN_UP_MS,
    killSignal: 'SIGKILL',
  });
  const ended = once(child, 'close');
  const endedEarly = ended.then(([code, signal]) => {
    throw new Error(`The process of ${file} ended with ${code ?? signal} before its handler was ready`);
  });
  try {
    await Promise.race([once(child.stdio[3] as Readable, 'data'), endedEarly]);
    return performance.now() - began;
  } finally {
    child.kill('SIGKILL');
    // One process at a time: a terminating process would slow down the next start.
    await ended;
  }
};

/** Measures the time from the start of a process until its handler is ready, for each function. */
export const measureColdStart = async ({ assembly, folder }: World): Promise<Figure[]> => {
  const bare = bundleFloor('bare-client.ts', folder);
  const figures: Figure[] = [];
  for (const bundle of await readBundles(assembly)) {
    const env = lambdaEnvironment(bundle, NOWHERE);
    const pairs = await takePairs(
      () => startCold(bundle.file, env),
      () => startCold(bare, env),
    );
    figures.push(
      figureOfPairs(
        `cold start: ${bundle.folder}`,
        'wall ms',
        'bundle of a bare DynamoDB client',
        pairs,
        1.3,
      ),
    );
  }
  return figures;
};
