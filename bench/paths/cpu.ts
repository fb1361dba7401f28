import { eventImport } from '#shared/contract/import-shapes.ts';
import { ENV } from '#shared/deployment/names.ts';
import { CPU_FLOOR_IS, compareCpu } from '../support/cpu-comparison.ts';
import { eventBatches } from '../support/events.ts';
import { type Figure, figureOfPairs } from '../support/figures.ts';
import { bodyOf } from '../support/importing.ts';
import type { World } from '../support/world.ts';
import type { CpuCall } from '../workers/cpu.ts';

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

/** Measures the CPU time of the import handler. */
export const measureCpu = async (world: World): Promise<Figure[]> => {
  const { first, pairs } = await compareCpu(world, {
    folder: FUNCTION,
    // The bundle is the same for all kinds.
    environment: { [ENV.eventKind]: MAKING.kind },
    events: EVENTS,
    callOf,
    itemsOf: (round) => eventsOf(round).items(EVENTS),
    check: checkImported,
    turns: { warmUps: WARM_UPS, rounds: ROUNDS },
  });
  const what = 'µs of CPU per event';
  return [
    figureOfPairs('cpu: import of 10,000 email events', what, CPU_FLOOR_IS, pairs, 0.5),
    figureOfPairs('cpu: first import of a new process', what, CPU_FLOOR_IS, [first]),
  ];
};
