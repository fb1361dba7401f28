import { mkdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LOCAL } from '#local/stack.ts';
import { measureBundles } from './paths/bundles.ts';
import { measureClients } from './paths/clients.ts';
import { measureColdStart } from './paths/cold-start.ts';
import { measureCpu } from './paths/cpu.ts';
import { measureEndpoints } from './paths/endpoints.ts';
import { measureGrowth } from './paths/growth.ts';
import { measureImport } from './paths/import.ts';
import { measureReads } from './paths/reads.ts';
import { measureRefresh } from './paths/refresh.ts';
import { measureStream } from './paths/stream.ts';
import { measureUnits } from './paths/units.ts';
import type { Figure } from './support/figures.ts';
import { allow } from './support/pace.ts';
import { tableOf } from './support/table.ts';
import { createWorld, type World } from './support/world.ts';

/** What is measured, and how long it may take where everything is: on the whole less than ten minutes. */
interface Path {
  readonly measure: (world: World) => Promise<Figure[]>;
  readonly seconds: number;
}

/**
 * `npm run bench [-- --only PATH]`: the figures, each beside a floor that was measured in the same run. What the stream's consumers
 * count comes first: later they would begin with all that the other paths have stored.
 */
const PATHS: Readonly<Record<string, Path>> = {
  reads: { measure: measureReads, seconds: 55 },
  stream: { measure: measureStream, seconds: 50 },
  import: { measure: measureImport, seconds: 50 },
  cpu: { measure: measureCpu, seconds: 25 },
  refresh: { measure: measureRefresh, seconds: 110 },
  'cold-start': { measure: measureColdStart, seconds: 40 },
  bundles: { measure: measureBundles, seconds: 1 },
  units: { measure: measureUnits, seconds: 10 },
  growth: { measure: measureGrowth, seconds: 45 },
  clients: { measure: measureClients, seconds: 25 },
  endpoints: { measure: measureEndpoints, seconds: 105 },
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
    const broken: string[] = [];
    for (const [name, { measure, seconds: share }] of Object.entries(PATHS)) {
      if (only !== undefined && only !== name) continue;
      if (only === undefined) allow(share);
      console.log(`\nMeasuring ${name} (${seconds()} so far)`);
      try {
        const measured = await measure(world);
        console.log(tableOf(measured));
        figures.push(...measured);
      } catch (error) {
        // What the other paths took minutes to find out is not lost with it.
        console.error(error);
        broken.push(name);
      }
    }
    console.log(`\nAll of it:\n\n${tableOf(figures)}\n`);
    const cores = availableParallelism();
    const report = { measuredAt: new Date().toISOString(), node: process.version, cores, figures };
    await mkdir(LOCAL, { recursive: true });
    await writeFile(join(LOCAL, 'bench.json'), `${JSON.stringify(report, null, 2)}\n`);
    console.log(`The same as JSON: .local/bench.json. It took ${seconds()}.`);
    if (broken.length > 0) throw new Error(`Not measured: ${broken.join(', ')}`);
    failed = false;
  } finally {
    await world.stop();
    if (!failed) await rm(world.folder, { recursive: true, force: true });
  }
};

await main();
