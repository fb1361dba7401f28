import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './until.ts';

/** Kills processes of a copied function in the middle of their work, as Lambda does if one runs out of memory. */
export interface KillSwitch {
  /** The environment of the copy. */
  readonly environment: Readonly<Record<string, string>>;
  /** Kills processes, each when it has just updated an item, until at least this many have been killed. */
  kill(count: number): Promise<void>;
  /** Deletes the files of the switch. */
  close(): Promise<void>;
}

/** Creates a switch that works through a file, since the local engine does not reveal its processes. */
export const createKillSwitch = async (): Promise<KillSwitch> => {
  const folder = await mkdtemp(join(tmpdir(), 'kill-switch-'));
  const order = join(folder, 'order');
  const script = `
    import { subscribe } from 'node:diagnostics_channel';
    import { existsSync, writeFileSync } from 'node:fs';
    subscribe('http.client.response.finish', ({ request }) => {
      if (!String(request.getHeader('x-amz-target')).endsWith('.UpdateItem')) return;
      if (!existsSync(${JSON.stringify(order)})) return;
      writeFileSync(${JSON.stringify(join(folder, 'killed-'))} + process.pid, '');
      process.kill(process.pid, 'SIGKILL');
    });`;
  const killed = async (): Promise<number> =>
    (await readdir(folder)).filter((name) => name.startsWith('killed-')).length;
  return {
    environment: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` },
    async kill(count) {
      const before = await killed();
      await writeFile(order, '');
      await until(`${count} processes are killed`, async () => (await killed()) >= before + count, 30_000);
      await rm(order);
    },
    close: () => rm(folder, { recursive: true }),
  };
};
