import { join } from 'node:path';
import type { Item } from '#shared/aws/dynamodb.ts';
import { ENV } from '#shared/deployment/names.ts';
import type { BareWrites } from '../workers/bare-writes.ts';
import type { CpuAnswer, CpuCall } from '../workers/cpu.ts';
import type { WrittenByTable } from '../workers/null-sink.ts';
import { bundleOf, lambdaEnvironment } from './bundles.ts';
import { type Pair, type TurnOptions, takePairs } from './figures.ts';
import { bundleFloor } from './floor-bundle.ts';
import { startWorker, type Worker } from './worker.ts';
import type { World } from './world.ts';

/** What {@link compareCpu} compares. Rounds are numbered; each is new work. */
export interface CpuComparison {
  /** The function's folder under `functions/`. */
  readonly folder: string;
  /** Variables beside those of its template. @default - none */
  readonly environment?: Readonly<Record<string, string>>;
  /** The number of events that a call stores. */
  readonly events: number;
  /** The call of the handler. */
  readonly callOf: (round: number) => CpuCall;
  /** The items that it stores. */
  readonly itemsOf: (round: number) => readonly Item[];
  /** @throws Error if the answer does not report that all events are stored */
  readonly check: (answer: unknown) => void;
  readonly turns: TurnOptions;
}

/** The results of {@link compareCpu}, in µs of CPU per event. */
export interface CpuPairs {
  /** The first call of new processes. */
  readonly first: Pair;
  readonly pairs: readonly Pair[];
}

/** A description of the floor. */
export const CPU_FLOOR_IS = 'SDK BatchWriteItem, 16 at once';

/** The processes of a measurement: the two that are compared, and the sink to which both write. */
interface Workers {
  readonly sink: Worker;
  readonly work: Worker;
  readonly floor: Worker;
  /** The sink's name for the event table. */
  readonly table: string;
}

/** Functions that take a reading of the handler and of the floor in a round. */
const readingsOf = (
  { events, callOf, itemsOf, check }: CpuComparison,
  { sink, work, floor, table }: Workers,
) => {
  const measure = async (worker: Worker, call: CpuCall): Promise<CpuAnswer> => {
    const measured = (await worker.ask(call)) as CpuAnswer;
    const written = ((await sink.ask('written')) as WrittenByTable)[table];
    if (written !== events) throw new Error(`${written} of ${events} events arrived`);
    return measured;
  };
  return {
    ofWork: async (round: number): Promise<number> => {
      const { cpu, answer } = await measure(work, callOf(round));
      check(answer);
      return cpu / events;
    },
    ofFloor: async (round: number): Promise<number> => {
      const event: BareWrites = { table, items: itemsOf(round) };
      const { cpu } = await measure(floor, { event, context: undefined });
      return cpu / events;
    },
  };
};

/** Measures the CPU time of a handler against SDK writes of the same items; both write to a sink that answers immediately. */
export const compareCpu = async (
  { assembly, folder }: Pick<World, 'assembly' | 'folder'>,
  comparison: CpuComparison,
): Promise<CpuPairs> => {
  const bundle = await bundleOf(assembly, comparison.folder);
  const bare = bundleFloor('bare-writes.ts', folder);
  const started: Worker[] = [];
  const start = async (file: string, name: string, env: NodeJS.ProcessEnv, ...args: string[]) => {
    const worker = await startWorker(file, { args, env, logFile: join(folder, `${name}.log`) });
    started.push(worker);
    return worker;
  };
  try {
    const sink = await start('null-sink.ts', 'null-sink', {});
    const env: Record<string, string> = {
      ...lambdaEnvironment(bundle, String(await sink.ask('url'))),
      ...comparison.environment,
    };
    const { ofWork, ofFloor } = readingsOf(comparison, {
      sink,
      work: await start('cpu.ts', 'cpu-work', env, bundle.file),
      floor: await start('cpu.ts', 'cpu-floor', env, bare),
      table: env[ENV.eventsTable] as string,
    });
    const first = { value: await ofWork(0), floor: await ofFloor(0) };
    const pairs = await takePairs(
      (round) => ofWork(round + 1),
      (round) => ofFloor(round + 1),
      comparison.turns,
    );
    return { first, pairs };
  } finally {
    await Promise.all(started.map((worker) => worker.stop()));
  }
};
