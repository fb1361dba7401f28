import { mkdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LOCAL } from '#local/stack.ts';
import { measureBundles } from './paths/bundles.ts';
import { measureColdStart } from './paths/cold-start.ts';
import { measureCpu } from './paths/cpu.ts';
import { measureImport } from './paths/import.ts';
import { measureReads } from './paths/reads.ts';
import { measureRefresh } from './paths/refresh.ts';
import { measureStream } from './paths/stream.ts';
import type { Figure } from './support/figures.ts';
import { tableOf } from './support/table.ts';
import { createWorld, type World } from './support/world.ts';

/**
 * `npm run bench [-- --only PATH]`: the figures, each beside a floor that was measured in the same run. Paths that start the
 * consumers of the event table's stream come first: started later, they would consume all that the others have stored.
 */
const PATHS: Readonly<Record<string, (world: World) => Promise<Figure[]>>> = {
  reads: measureReads,
  stream: measureStream,
  import: measureImport,
  refresh: measureRefresh,
  'cold-start': measureColdStart,
  bundles: measureBundles,
  cpu: measureCpu,
};

const main = async (): Promise<void> => {
  const { only } = parseArgs({ options: { only: { type: 'string' } } }).values;
  if (only !== undefined && !(only in PATHS)) {
    throw new Error(`--only takes one of ${Object.keys(PATHS).join(', ')}`);
  }
  const began = performance.now();
  const seconds = (): string => `${((performance.now() - began) / 1_000).toFixed(0)} s`;
  const world = await createWorld();
  let failed = true;
  try {
    const figures: Figure[] = [];
    for (const [name, measure] of Object.entries(PATHS)) {
      if (only !== undefined && only !== name) continue;
      console.log(`\nMeasuring ${name} (${seconds()} so far)`);
      const measured = await measure(world);
      console.log(tableOf(measured));
      figures.push(...measured);
    }
    console.log(`\nAll of it:\n\n${tableOf(figures)}\n`);
    const cores = availableParallelism();
    const report = { measuredAt: new Date().toISOString(), node: process.version, cores, figures };
    await mkdir(LOCAL, { recursive: true });
    await writeFile(join(LOCAL, 'bench.json'), `${JSON.stringify(report, null, 2)}\n`);
    console.log(`The same as JSON: .local/bench.json. It took ${seconds()}.`);
    failed = false;
  } finally {
    await world.stop();
    if (!failed) await rm(world.folder, { recursive: true, force: true });
  }
};

await main();
