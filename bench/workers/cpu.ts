import { pathToFileURL } from 'node:url';

/** A call of the handler. */
export interface CpuCall {
  readonly event: unknown;
  readonly context: unknown;
}

/** The cost of a call, and its answer. */
export interface CpuAnswer {
  /** µs of CPU, user and system, of all the process's threads. */
  readonly cpu: number;
  readonly answer: unknown;
}

/** The bundle in the first argument; its handler is called once for each message. */
const loaded = import(pathToFileURL(process.argv[2] ?? '').href);

process.on('message', async ({ event, context }: CpuCall) => {
  const { handler } = await loaded;
  const before = process.cpuUsage();
  const answer = await handler(event, context);
  const { user, system } = process.cpuUsage(before);
  process.send?.({ cpu: user + system, answer } satisfies CpuAnswer);
});
process.on('disconnect', () => process.exit());
