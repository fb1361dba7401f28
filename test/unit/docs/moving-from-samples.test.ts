import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keyOfHeaders } from '#shared/clients/credentials.ts';
import { callOf, clientMethodOf } from '#shared/clients/routes.ts';
import { newApiKey } from '#shared/keys/api-key.ts';
import { bodyOf, type Gateway, startGateway } from '#test/support/clients/gateway.ts';
import { prepareClients } from '#test/support/clients/python.ts';
import { runSample, type Sample } from '#test/support/clients/samples.ts';
import { LEADVIBE_EMAILS } from '#test/support/clients/vendors-samples.ts';
import { aFolder } from '#test/support/commands.ts';
import { BLOCKS, type Block } from '#test/support/moving-from.ts';

/** Samples in shell use curl; a machine that lacks it cannot run them as they are. */
const HAS_CURL = spawnSync('curl', ['--version']).status === 0;

const ADDRESS = '{id}.execute-api.{region}.amazonaws.com';

const runnerOf = ({ section, language }: Block): Sample['runner'] | undefined => {
  if (language === 'sh') return 'sh';
  if (language === 'js') return 'module';
  if (language === 'python') return section === 'June' ? 'june-python' : 'python';
  return undefined;
};

/** The blocks, named by their section and the line that names their client. */
const SAMPLES = BLOCKS.flatMap((block): [string, Block, Sample][] => {
  const runner = runnerOf(block);
  if (runner === undefined || (runner === 'sh' && !HAS_CURL)) return [];
  const name = /import[^\n]*|'https[^\n]*/.exec(block.code)?.[0] ?? '';
  return [[`${block.section}: ${name}`, block, { runner, code: block.code }]];
});

let gateway: Gateway;
let folder: ReturnType<typeof aFolder>;

beforeAll(prepareClients, 180_000);

beforeEach(async () => {
  gateway = await startGateway();
  folder = aFolder();
});

afterEach(async () => {
  folder.remove();
  await gateway.close();
});

describe('a sample of docs/moving-from.md', () => {
  it('is in a language that tests run', () => {
    expect(BLOCKS.length).toBeGreaterThan(15);
    expect(BLOCKS.filter((block) => runnerOf(block) === undefined)).toEqual([]);
  });

  it.each(SAMPLES)(
    'reaches the service with the key and the time: %s',
    async (_name, { section }, sample) => {
      const key = newApiKey();
      const isUpload = section === 'LeadVibe';
      if (isUpload) await writeFile(join(folder.path, 'events.csv'), LEADVIBE_EMAILS);

      const { code, output } = await runSample(
        gateway,
        sample,
        { [ADDRESS]: new URL(gateway.url).host, YOUR_KEY: key },
        isUpload ? folder.path : undefined,
      );

      expect([code, output.includes('rror')]).toEqual([0, false]);
      expect(gateway.exchanges.length).toBeGreaterThan(0);
      for (const exchange of gateway.exchanges) {
        const { method, path, headers } = exchange;
        expect(isUpload ? clientMethodOf(path) : callOf(method, path)).toBeDefined();
        expect(keyOfHeaders(headers)).toBe(key);
        const time = isUpload ? /2025-07-01T11:00:00Z/ : /2019-03-04T05:06:07|1551675967/;
        expect(bodyOf(exchange).toString()).toMatch(time);
      }
    },
    60_000,
  );
});
