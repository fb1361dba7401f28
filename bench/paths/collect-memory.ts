import { join } from 'node:path';
import { bundleOf, lambdaEnvironment } from '../support/bundles.ts';
import { COLLECT, checkCollected, collectCall, recordsOfFullEvent } from '../support/collecting.ts';
import { deployedFunction } from '../support/deployed-function.ts';
import { type Figure, figureOf } from '../support/figures.ts';
import { peakMemoryMb } from '../support/memory.ts';
import { createPeople, recordsOf, trackMessages } from '../support/messages.ts';
import { startWorker } from '../support/worker.ts';
import type { World } from '../support/world.ts';
import type { CpuAnswer } from '../workers/cpu.ts';

/** More messages than fit into an event, of either size. */
const MOST = 60_000;

const PEOPLE = 2_000;

/** Messages of a record, except that a record takes 96 KB. */
const PER_REQUEST = 1_000;

const GOAL_MB = 400;

/** A message with no more than it must have, of a person who is in no other message. */
const smallestMessage = (nth: number): object => ({
  type: 'track',
  userId: `u${nth}`,
  event: 'E',
  timestamp: '2024-01-01T00:00:00Z',
});

/** Events are imported twice, since the second one finds what the first has left in memory. */
const IMPORTS = 2;

/** The peak of a new process that imports events, on the tables of the engine. */
const measureLoad = async (world: World, name: string, messages: readonly object[]): Promise<Figure> => {
  const { orgId, ...caller } = await world.organisation('collect-memory');
  await createPeople({ orgId, ...caller }, PEOPLE);
  const bundle = await bundleOf(world.assembly, COLLECT);
  const { environment } = await deployedFunction(world, COLLECT);
  const functionName = `bench-${COLLECT.replace('/', '-')}-${orgId}`;
  const env = {
    ...lambdaEnvironment({ ...bundle, environment }, world.stack.endpoint),
    AWS_LAMBDA_FUNCTION_NAME: functionName,
  };
  const logFile = join(world.folder, 'collect-memory.log');
  const worker = await startWorker('cpu.ts', { args: [bundle.file], env, logFile });
  try {
    const records = recordsOfFullEvent(recordsOf(orgId, messages, PER_REQUEST));
    const count = records.reduce((sum, record) => sum + record.messages.length, 0);
    for (let nth = 0; nth < IMPORTS; nth++) {
      const { answer } = (await worker.ask(collectCall(records))) as CpuAnswer;
      checkCollected(answer);
    }
    const path = `collect: memory at an event of 6 MB, ${count.toLocaleString('en')} ${name}`;
    return figureOf(path, 'peak MB', [peakMemoryMb(functionName)], GOAL_MB);
  } finally {
    await worker.stop();
  }
};

/** Measures the memory of the collector at the largest event that Lambda passes to it; only on Linux. */
export const measureCollectMemory = async (world: World): Promise<Figure[]> => {
  if (process.platform !== 'linux') return [];
  return [
    await measureLoad(world, 'messages of 2,000 people', trackMessages(0, MOST, PEOPLE)),
    await measureLoad(
      world,
      'smallest messages, each of a new person',
      Array.from({ length: MOST }, (_, nth) => smallestMessage(nth)),
    ),
  ];
};
