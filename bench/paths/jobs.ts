import { createSegments } from '#functions/define/segments/handler.ts';
import { createReadRefresh } from '#functions/query/refreshes/handler.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import type { ApiOperation, ApiRequest } from '#shared/http/api.ts';
import { newJob } from '#shared/jobs/job.ts';
import { createJobStore, type JobStore } from '#shared/jobs/job-store.ts';
import { ITEMS_PER_PAGE, newPage } from '#shared/jobs/page.ts';
import { createJobReader } from '#shared/jobs/reader.ts';
import { REFRESH_KINDS } from '#shared/refresh/kinds.ts';
import { createSegmentStore, type SegmentStore } from '#shared/segments/segment-store.ts';
import { newId } from '#shared/time/ids.ts';
import { type Figure, figureOfPairs } from '../support/figures.ts';
import { createMeteredClient, READS, unitsOf } from '../support/metered.ts';
import type { World } from '../support/world.ts';

/** The maximum number of pages in flight, as in production. */
const WINDOW = 8;

const SMALL = 10;
const LARGE = 1_000_000;

/** Stores a job in progress, with the maximum number of pages in flight. */
const stageJob = async (jobs: JobStore, orgId: string, total: number): Promise<string> => {
  const id = newId('ref', Date.now);
  const count = Math.min(total, ITEMS_PER_PAGE);
  const inFlight = Math.min(WINDOW, Math.ceil(total / ITEMS_PER_PAGE));
  const planned = Math.floor(total / 2 / ITEMS_PER_PAGE);
  const pages = Array.from({ length: inFlight }, (_, nth) => ({
    ...newPage({ number: planned + nth, count, itemsKey: `items#${nth}` }, Date.now()),
    isSent: true,
  }));
  const job = newJob(
    { orgId, id, kind: REFRESH_KINDS.everyone, parameters: {}, ofEveryone: true },
    Date.now(),
  );
  await jobs.create(
    { job: { ...job, total, pages: planned + inFlight, done: planned * count }, pages },
    new Map(),
  );
  return id;
};

/** Stores a segment with this evaluation. */
const stageSegment = async (segments: SegmentStore, orgId: string, evaluationId: string): Promise<void> => {
  const at = new Date().toISOString();
  const rule = { event: { kind: 'email', type: 'opened' } } as const;
  const segment = {
    id: newId('seg', Date.now),
    name: 'Openers',
    rule,
    createdAt: at,
    updatedAt: at,
    evaluationId,
  };
  await segments.create(orgId, segment);
};

const aRequest = (orgId: string, pathParameters: ApiRequest['pathParameters']): ApiRequest => ({
  orgId,
  requestId: 'bench',
  method: 'GET',
  route: '',
  path: '',
  headers: {},
  pathParameters,
  query: {},
  contentType: undefined,
  body: '',
  isBodyIntact: true,
});

/** Measures the calls and read units for the progress of jobs of a million contacts against ten, with the functions' own code. */
export const measureJobs = async (world: World): Promise<Figure[]> => {
  const { client, metered } = createMeteredClient();
  const table = (output: keyof typeof OUTPUT): string => world.stack.outputs[OUTPUT[output]] as string;
  const jobs = createJobStore(client, table('jobsTable'), Date.now);
  const progress = createJobReader({ jobs });
  const segments = createSegmentStore(client, {
    definitions: table('definitionsTable'),
    members: table('membersTable'),
  });
  const notStarted = () => Promise.reject(new Error('Reading must not start jobs'));
  const starter = { start: notStarted, startOfEveryone: notStarted };
  const readRefresh = createReadRefresh({ jobs: progress });
  const { listSegments } = createSegments({ segments, progress, starter, now: Date.now });

  const costOf = async (total: number) => {
    const { orgId } = await world.organisation(`jobs-${total}`);
    const refreshId = await stageJob(jobs, orgId, total);
    await stageSegment(segments, orgId, refreshId);
    const charge = async (operation: ApiOperation, request: ApiRequest) => {
      const consumed = await metered(() => operation(request));
      return { calls: consumed.length, units: unitsOf(consumed, READS) };
    };
    return {
      refresh: await charge(readRefresh, aRequest(orgId, { refreshId })),
      segments: await charge(listSegments, aRequest(orgId, {})),
    };
  };
  const [small, large] = [await costOf(SMALL), await costOf(LARGE)];
  const figure = (name: keyof typeof small, path: string, what: 'calls' | 'units'): Figure =>
    figureOfPairs(
      `jobs: ${path}, of ${LARGE.toLocaleString('en')} contacts`,
      what === 'calls' ? 'calls' : 'read units',
      `of ${SMALL} contacts`,
      [{ value: large[name][what], floor: small[name][what] }],
      1,
    );
  return [
    figure('refresh', 'GET …/refresh/{id}', 'calls'),
    figure('refresh', 'GET …/refresh/{id}', 'units'),
    figure('segments', 'GET /v1/segments', 'calls'),
    figure('segments', 'GET /v1/segments', 'units'),
  ];
};
