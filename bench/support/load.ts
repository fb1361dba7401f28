import autocannon from 'autocannon';
import { spreadOf, timed } from './figures.ts';

/** A request that is sent repeatedly, and its expected answer. */
export interface Shot {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body of a POST. @default the request is a GET */
  readonly body?: string;
  readonly status: number;
  /** Text that each answer contains. */
  readonly contains: string;
}

/** The results of a request under load. */
export interface Load {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly perSecond: number;
}

/** The number of concurrent callers, each of which waits for its answer before the next request. */
export const CALLERS = 8;

/** More than a hundred, since otherwise the 99th percentile would be the slowest request. */
const REQUESTS = 120;

/** Short, since autocannon ends only at the end of a sample. */
const SAMPLE_MS = 50;

/** The smallest reading that `percent` percent of the readings do not exceed. */
const percentile = (sorted: readonly number[], percent: number): number =>
  sorted[Math.ceil((sorted.length * percent) / 100) - 1] as number;

const sendOnce = async ({ url, headers, body, status, contains }: Shot): Promise<void> => {
  const response = await fetch(url, { headers, ...(body !== undefined && { method: 'POST', body }) });
  const text = await response.text();
  if (response.status !== status || !text.includes(contains)) {
    throw new Error(`${url} answered ${response.status}: ${text.slice(0, 300)}`);
  }
};

/** Wall time in ms of one request without other load. */
export const msOf = (shot: Shot): Promise<number> => timed(() => sendOnce(shot));

/** The number of warm-up requests per caller; the first one starts a process of the function for each caller. */
const WARM_UPS = 5;

/** Starts a function's processes before the load. */
export const warmUp = async (shot: Shot): Promise<void> => {
  for (let time = 0; time < WARM_UPS; time++) {
    await Promise.all(Array.from({ length: CALLERS }, () => sendOnce(shot)));
  }
};

/**
 * Sends a request {@link REQUESTS} times from {@link CALLERS} connections. Latencies are recorded per answer, since
 * autocannon's own histogram has only whole milliseconds.
 *
 * @throws Error if an answer is unexpected or missing, or a connection fails
 */
export const underLoad = async ({ url, headers, body, status, contains }: Shot): Promise<Load> => {
  const latencies: number[] = [];
  let unexpected = 0;
  const began = performance.now();
  let ended = began;
  const { errors, timeouts, mismatches } = await autocannon({
    url,
    headers,
    ...(body !== undefined && { method: 'POST', body }),
    connections: CALLERS,
    amount: REQUESTS,
    sampleInt: SAMPLE_MS,
    verifyBody: (answer) => String(answer).includes(contains),
    setupClient: (client) => {
      client.on('response', (answered, _bytes, ms) => {
        ended = performance.now();
        latencies.push(ms);
        if (answered !== status) unexpected += 1;
      });
    },
  });
  const broken = errors + timeouts + mismatches + unexpected;
  if (broken > 0 || latencies.length !== REQUESTS) {
    throw new Error(
      `${url} under load: ${latencies.length} of ${REQUESTS} answers, ${unexpected} not ${status}, ` +
        `${mismatches} of the wrong content, ${errors} errors, ${timeouts} of them in time-outs`,
    );
  }
  const sorted = latencies.sort((a, b) => a - b);
  return {
    p50Ms: spreadOf(sorted).median,
    p99Ms: percentile(sorted, 99),
    perSecond: (REQUESTS * 1_000) / (ended - began),
  };
};
