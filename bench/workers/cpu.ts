import { pathToFileURL } from 'node:url';

/** A call of the handler. */
export interface CpuCall {
  readonly event: unknown;
  readonly context: unknown;
}

/** What a call cost, and what came of it. */
export interface CpuAnswer {
  /** µs of CPU, user and system, of all the process's threads. */
  readonly cpu: number;
  readonly answer: unknown;
}

/** Calls the handler of the bundle that it is told to, once for each message. */
const loaded = import(pathToFileURL(process.argv[2] ?? '').href);

process.on('message', async ({ event, context }: CpuCall) => {
  const { handler } = await loaded;
  const before = process.cpuUsage();
  const answer = await handler(event, context);
  const { user, system } = process.cpuUsage(before);
  process.send?.({ cpu: user + system, answer } satisfies CpuAnswer);
});
process.on('disconnect', () => process.exit());
