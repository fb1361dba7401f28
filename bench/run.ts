import { mkdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LOCAL } from '#local/stack.ts';
import { type Figure, tableOf } from './figures.ts';
import { measureImport } from './import.ts';
import { measureRefresh } from './refresh.ts';
import { createWorld, stopStreamConsumers } from './world.ts';

/** `npm run bench [-- --only PATH]`: the figures, each beside a floor that was measured in the same run. */
const PATHS = { import: measureImport, refresh: measureRefresh };

const main = async (): Promise<void> => {
  const { only } = parseArgs({ options: { only: { type: 'string' } } }).values;
  if (only !== undefined && !(only in PATHS)) {
    throw new Error(`--only takes one of ${Object.keys(PATHS).join(', ')}`);
  }
  const world = await createWorld();
  let failed = true;
  try {
    await stopStreamConsumers(world);
    const figures: Figure[] = [];
    for (const [name, measure] of Object.entries(PATHS)) {
      if (only !== undefined && only !== name) continue;
      console.log(`Measuring: ${name}`);
      figures.push(...(await measure(world)));
    }
    console.log(`\n${tableOf(figures)}\n`);
    const cores = availableParallelism();
    const report = { measuredAt: new Date().toISOString(), node: process.version, cores, figures };
    await mkdir(LOCAL, { recursive: true });
    await writeFile(join(LOCAL, 'bench.json'), `${JSON.stringify(report, null, 2)}\n`);
    console.log('The same as JSON: .local/bench.json');
    failed = false;
  } finally {
    await world.stop();
    if (!failed) await rm(join(LOCAL, `bench-${process.pid}`), { recursive: true, force: true });
  }
};

await main();
