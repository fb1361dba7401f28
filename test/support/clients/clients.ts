import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { PythonEnvironment } from '#local/python.ts';
import type { Call, Sent, Task } from './calls.ts';
import type { Gateway } from './gateway.ts';
import { CLIENTS_PYTHON, JUNE_PYTHON, prepareEnvironment } from './python.ts';

/** What can befall a request that would succeed later. */
export const PASSING_FAULTS = [429, 503, 'lost answer'] as const;

/** A vendor's client, at a fixed version, used by a program of its own. */
export interface Client {
  /** The name and the version of its package. */
  readonly name: string;
  /** The calls that it has. */
  readonly kinds: readonly Call['kind'][];
  /** Whether its times are whole seconds. @default false */
  readonly isInSeconds?: boolean;
  /** Whether its page views carry no time, so that the time of arrival is theirs. @default false */
  readonly pagesAreNow?: boolean;
  /** Whether it sends requests again after {@link PASSING_FAULTS}; if not, it reports them to the program, which makes the call again. */
  readonly retries: boolean;
  /** The number of times that it sends a request which is answered 401: some retry whatever is not 400. */
  readonly attemptsAt401: 1 | 4;
  /** Makes calls with a key, in a process of its own, and waits until they are sent or given up. */
  send(gateway: Gateway, key: string, calls: readonly Call[]): Promise<Sent>;
}

const DRIVERS = import.meta.dirname;

/**
 * Runs a driver.
 * @throws Error if it ends without a report, with all that it printed
 */
const run = async (command: string, driver: string, gateway: Gateway, task: Task): Promise<Sent> => {
  const child = spawn(command, [join(DRIVERS, driver)], {
    // The gateway's certificate is all that the clients' surroundings differ in from a program's in production.
    env: {
      PATH: process.env['PATH'],
      NODE_EXTRA_CA_CERTS: gateway.certificate,
      REQUESTS_CA_BUNDLE: gateway.certificate,
      // Leaves no files beside the drivers.
      PYTHONDONTWRITEBYTECODE: '1',
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // A driver that ends early does not read all.
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify(task));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  try {
    return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
  } catch {
    throw new Error(`${driver} reported nothing\n${stdout}\n${stderr}`);
  }
};

const taskOf = ({ url }: Gateway, key: string, calls: readonly Call[]): Task => ({ url, key, calls });

const nodeClient = (driver: string, client: Omit<Client, 'send'>): Client => ({
  ...client,
  send: (gateway, key, calls) =>
    run(process.execPath, `node/${driver}.ts`, gateway, taskOf(gateway, key, calls)),
});

const pythonClient = (
  driver: string,
  environment: PythonEnvironment,
  client: Omit<Client, 'send'>,
): Client => ({
  ...client,
  send: async (gateway, key, calls) =>
    run(
      await prepareEnvironment(environment),
      `python/drive_${driver}.py`,
      gateway,
      taskOf(gateway, key, calls),
    ),
});

const ALL_KINDS = ['identify', 'track', 'page', 'group', 'alias'] as const;
const TRACK_V1 = {
  kinds: ['identify', 'track', 'page', 'alias'],
  isInSeconds: true,
  pagesAreNow: true,
  attemptsAt401: 1,
} as const;

/** All clients, Segment-shaped ones first. */
export const CLIENTS: readonly Client[] = [
  nodeClient('segment', {
    name: '@segment/analytics-node 3.1.0',
    kinds: ALL_KINDS,
    retries: true,
    attemptsAt401: 1,
  }),
  nodeClient('analytics-node', {
    name: 'analytics-node 6.2.0',
    kinds: ALL_KINDS,
    retries: true,
    attemptsAt401: 1,
  }),
  nodeClient('rudder', {
    name: '@rudderstack/rudder-sdk-node 3.0.13',
    kinds: ALL_KINDS,
    retries: true,
    attemptsAt401: 1,
  }),
  nodeClient('june', {
    name: '@june-so/analytics-node 8.0.0',
    kinds: ['identify', 'track', 'page', 'group'],
    retries: true,
    attemptsAt401: 4,
  }),
  nodeClient('customerio-cdp', {
    name: '@customerio/cdp-analytics-node 0.5.9',
    kinds: ALL_KINDS,
    retries: true,
    attemptsAt401: 4,
  }),
  nodeClient('customerio-5-pipelines', {
    name: 'customerio-node 5.2.0 (Pipelines)',
    kinds: ALL_KINDS,
    retries: true,
    attemptsAt401: 1,
  }),
  pythonClient('segment', CLIENTS_PYTHON, {
    name: 'segment-analytics-python 2.4.0',
    kinds: ALL_KINDS,
    retries: true,
    attemptsAt401: 1,
  }),
  pythonClient('rudder', CLIENTS_PYTHON, {
    name: 'rudder-sdk-python 2.1.9',
    kinds: ALL_KINDS,
    retries: true,
    attemptsAt401: 1,
  }),
  pythonClient('june', JUNE_PYTHON, {
    name: 'june-analytics-python 2.3.0',
    kinds: ALL_KINDS,
    retries: true,
    attemptsAt401: 1,
  }),
  nodeClient('customerio-5', { name: 'customerio-node 5.2.0 (Track v1)', ...TRACK_V1, retries: true }),
  nodeClient('customerio-4', {
    name: 'customerio-node 4.4.0 (Track v1)',
    ...TRACK_V1,
    retries: false,
  }),
  pythonClient('customerio', CLIENTS_PYTHON, {
    name: 'customerio 3.2.0 (Track v1)',
    ...TRACK_V1,
    retries: true,
  }),
  nodeClient('customerio-5-v2', {
    name: 'customerio-node 5.2.0 (Track v2)',
    kinds: ALL_KINDS,
    isInSeconds: true,
    retries: true,
    attemptsAt401: 1,
  }),
];
