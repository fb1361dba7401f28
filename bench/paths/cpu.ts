import { join } from 'node:path';
import { eventImport } from '#shared/contract/import-shapes.ts';
import { ENV } from '#shared/deployment/names.ts';
import { lambdaEnvironment, readBundles } from '../support/bundles.ts';
import { eventBatches } from '../support/events.ts';
import { type Figure, figureOfPairs, takePairs } from '../support/figures.ts';
import { bundleFloor } from '../support/floor-bundle.ts';
import { bodyOf } from '../support/importing.ts';
import { startWorker, type Worker } from '../support/worker.ts';
import type { World } from '../support/world.ts';
import type { BareWrites } from '../workers/bare-writes.ts';
import type { CpuAnswer, CpuCall } from '../workers/cpu.ts';
import type { WrittenByTable } from '../workers/null-sink.ts';

const FUNCTION = 'ingest/events';
const ORG = 'o_cpu000000';
const RESOURCE = '/v1/events/email/batch';

const EVENTS = eventImport('email').limit;
const MAKING = { kind: 'email', contacts: 2_000 } as const;

/** The events of a round; they differ from those of all other rounds. */
const eventsOf = (round: number) => eventBatches(ORG, MAKING, round * EVENTS);

/** Rounds during which V8 still optimises. */
const WARM_UPS = 8;
const ROUNDS = 7;

/** A call of the handler as API Gateway and Lambda make it. */
const callOf = (round: number): CpuCall => ({
  event: {
    httpMethod: 'POST',
    resource: RESOURCE,
    path: RESOURCE,
    headers: { 'content-type': 'application/json' },
    pathParameters: null,
    queryStringParameters: null,
    requestContext: { requestId: `request-${round}`, authorizer: { orgId: ORG } },
    isBase64Encoded: false,
    body: bodyOf(eventImport('email'), eventsOf(round).entries(EVENTS)),
  },
  context: {
    functionName: FUNCTION,
    invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${FUNCTION}`,
    memoryLimitInMB: '1769',
    awsRequestId: `request-${round}`,
  },
});

/** @throws Error if the answer does not report that all events are imported */
const checkImported = (answer: unknown): void => {
  const { statusCode, body } = answer as { statusCode: number; body: string };
  if (statusCode !== 200 || JSON.parse(body).imported !== EVENTS) {
    throw new Error(`The import was answered ${statusCode}: ${body.slice(0, 300)}`);
  }
};

/** The processes of a measurement: the two that are compared, and the sink to which both write. */
interface Workers {
  readonly sink: Worker;
  readonly work: Worker;
  readonly floor: Worker;
  /** The sink's name for the event table. */
  readonly table: string;
}

/** Functions that take a reading of the handler and of the floor in a round, in µs of CPU per event. */
const readingsOf = ({ sink, work, floor, table }: Workers) => {
  const measure = async (worker: Worker, call: CpuCall): Promise<CpuAnswer> => {
    const measured = (await worker.ask(call)) as CpuAnswer;
    const written = ((await sink.ask('written')) as WrittenByTable)[table];
    if (written !== EVENTS) throw new Error(`${written} of ${EVENTS} events arrived`);
    return measured;
  };
  return {
    ofWork: async (round: number): Promise<number> => {
      const { cpu, answer } = await measure(work, callOf(round));
      checkImported(answer);
      return cpu / EVENTS;
    },
    ofFloor: async (round: number): Promise<number> => {
      const event: BareWrites = { table, items: eventsOf(round).items(EVENTS) };
      const { cpu } = await measure(floor, { event, context: undefined });
      return cpu / EVENTS;
    },
  };
};

/** Measures the CPU time of the import handler against SDK writes of the same items; both write to a sink that answers immediately. */
export const measureCpu = async ({ assembly, folder }: World): Promise<Figure[]> => {
  const bundle = (await readBundles(assembly)).find(({ folder }) => folder === FUNCTION);
  if (bundle === undefined) throw new Error(`${FUNCTION} is not deployed`);
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
      // The bundle is the same for all kinds.
      [ENV.eventKind]: MAKING.kind,
    };
    const { ofWork, ofFloor } = readingsOf({
      sink,
      work: await start('cpu.ts', 'cpu-work', env, bundle.file),
      floor: await start('cpu.ts', 'cpu-floor', env, bare),
      table: env[ENV.eventsTable] as string,
    });
    const is = 'SDK BatchWriteItem, 16 at once';
    const first = { value: await ofWork(0), floor: await ofFloor(0) };
    const pairs = await takePairs(
      (round) => ofWork(round + 1),
      (round) => ofFloor(round + 1),
      { warmUps: WARM_UPS, rounds: ROUNDS },
    );
    return [
      figureOfPairs('cpu: import of 10,000 email events', 'µs of CPU per event', is, pairs, 0.5),
      figureOfPairs('cpu: first import of a new process', 'µs of CPU per event', is, [first]),
    ];
  } finally {
    await Promise.all(started.map((worker) => worker.stop()));
  }
};
