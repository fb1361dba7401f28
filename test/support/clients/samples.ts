import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { ROOT } from '#local/folders.ts';
import type { Gateway } from './gateway.ts';
import { CLIENTS_PYTHON, JUNE_PYTHON, prepareEnvironment } from './python.ts';

/** A sample as a page prints it, and what runs it. */
export interface Sample {
  readonly runner: 'sh' | 'node' | 'module' | 'python' | 'june-python';
  readonly code: string;
}

/** What a sample printed, and how it ended. */
export interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

const commandOf = async ({ runner, code }: Sample): Promise<[string, string[]]> => {
  // A script that is no module, as the samples' undeclared variables require.
  if (runner === 'node') return [process.execPath, ['--input-type=commonjs', '--eval', code]];
  if (runner === 'module') return [process.execPath, ['--input-type=module', '--eval', code]];
  if (runner === 'sh') return ['sh', ['-c', code]];
  const environment = runner === 'june-python' ? JUNE_PYTHON : CLIENTS_PYTHON;
  return [await prepareEnvironment(environment), ['-c', code]];
};

/**
 * Runs a sample with address and key replaced.
 * @param replacements - what takes the place of texts of the sample; each must be in it
 * @param folder - where it runs. @default - the project, whose packages it may use
 */
export const runSample = async (
  gateway: Gateway,
  sample: Sample,
  replacements: Readonly<Record<string, string>>,
  folder = ROOT,
): Promise<Outcome> => {
  let { code } = sample;
  for (const [from, to] of Object.entries(replacements)) {
    if (!code.includes(from)) throw new Error(`The sample has no ${from}`);
    code = code.replaceAll(from, to);
  }
  const child = spawn(...(await commandOf({ ...sample, code })), {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      NODE_EXTRA_CA_CERTS: gateway.certificate,
      REQUESTS_CA_BUNDLE: gateway.certificate,
      CURL_CA_BUNDLE: gateway.certificate,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code: status, output: `${stdout}${stderr}` };
};
