import { mkdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Option } from 'commander';
import { createProgram, runProgram } from '#cli/main.ts';
import { UserError } from '#cli/user-error.ts';
import { LOCAL } from '#local/folders.ts';
import { measureAccept } from './paths/accept.ts';
import { measureBundles } from './paths/bundles.ts';
import { measureClients } from './paths/clients.ts';
import { measureColdStart } from './paths/cold-start.ts';
import { measureCollect } from './paths/collect.ts';
import { measureCpu } from './paths/cpu.ts';
import { measureEndpoints } from './paths/endpoints.ts';
import { measureFairness } from './paths/fairness.ts';
import { measureGrowth } from './paths/growth.ts';
import { measureImport } from './paths/import.ts';
import { measureJobs } from './paths/jobs.ts';
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
 * Two stacks, one after the other: what an engine has stored before makes it slower by fits and starts, and what the stream's
 * consumers count must come before what they would have to catch up with.
 */
const STACKS: readonly Readonly<Record<string, Path>>[] = [
  {
    import: { measure: measureImport, seconds: 50 },
    cpu: { measure: measureCpu, seconds: 25 },
    refresh: { measure: measureRefresh, seconds: 105 },
    'cold-start': { measure: measureColdStart, seconds: 40 },
    bundles: { measure: measureBundles, seconds: 1 },
    units: { measure: measureUnits, seconds: 15 },
    jobs: { measure: measureJobs, seconds: 2 },
    growth: { measure: measureGrowth, seconds: 45 },
    clients: { measure: measureClients, seconds: 25 },
    collect: { measure: measureCollect, seconds: 60 },
    accept: { measure: measureAccept, seconds: 40 },
    endpoints: { measure: measureEndpoints, seconds: 90 },
  },
  {
    reads: { measure: measureReads, seconds: 50 },
    stream: { measure: measureStream, seconds: 45 },
    fairness: { measure: measureFairness, seconds: 60 },
  },
];

const began = performance.now();
const soFar = (): string => `${((performance.now() - began) / 1_000).toFixed(0)} s`;

/** Measures paths on a stack of their own. @returns the names of those that failed, which others outlive */
const measureOn = async (paths: [string, Path][], hurried: boolean, figures: Figure[]): Promise<string[]> => {
  const world = await createWorld();
  const broken: string[] = [];
  try {
    for (const [name, { measure, seconds }] of paths) {
      console.log(`\nMeasuring ${name} (${soFar()} so far)`);
      if (hurried) allow(seconds);
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
  } finally {
    await world.stop();
  }
  // Its logs are kept where something went wrong.
  if (broken.length === 0) await rm(world.folder, { recursive: true, force: true });
  return broken;
};

/** Measures everything, or one path. */
const main = async ({ only }: { only?: string }): Promise<void> => {
  const figures: Figure[] = [];
  const broken: string[] = [];
  for (const stack of STACKS) {
    const paths = Object.entries(stack).filter(([name]) => only === undefined || only === name);
    if (paths.length > 0) broken.push(...(await measureOn(paths, only === undefined, figures)));
  }
  console.log(`\nAll of it:\n\n${tableOf(figures)}\n`);
  const cores = availableParallelism();
  const report = { measuredAt: new Date().toISOString(), node: process.version, cores, figures };
  await mkdir(LOCAL, { recursive: true });
  await writeFile(join(LOCAL, 'bench.json'), `${JSON.stringify(report, null, 2)}\n`);
  console.log(`The same as JSON: .local/bench.json. It took ${soFar()}.`);
  if (broken.length > 0) throw new UserError(`Not measured: ${broken.join(', ')}`);
};

const names = STACKS.flatMap((paths) => Object.keys(paths));

const program = createProgram(
  'npm run bench',
  'Measure every path, each beside a floor that is measured in the same run; see docs/performance.md.',
  ['npm run bench', 'npm run bench -- --only import'],
)
  .addOption(new Option('--only <path>', 'measure this path alone').choices(names))
  .action(main);

await runProgram(program);
