import { spawn } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';

/**
 * `npm test`: runs all checks one after the other, even if some fail, and ends with a line of counts.
 * If there are arguments, they are passed to jest and only jest runs: `npm test -- test/unit/events`.
 */
const ROOT = join(import.meta.dirname, '..');
/** Specific to this run, since several runs may be in progress. */
const REPORT = join(ROOT, '.local', `jest-${process.pid}.json`);
/** The temporary files of this run, such as the assemblies of all synthesized apps, which nothing else deletes. */
const TEMPORARY = join(ROOT, '.local', `tmp-${process.pid}`);

const CHECKS = [
  {
    name: 'format and lint (biome)',
    command: ['biome', 'ci', '--error-on-warnings', '.'],
  },
  {
    name: 'import directions (dependency-cruiser)',
    command: ['depcruise', 'infra', 'functions', 'shared', 'local', 'cli', 'bench', 'test'],
  },
  { name: 'types (tsc)', command: ['tsc', '-p', '.'] },
  { name: 'nothing unused (knip)', command: ['knip'] },
] as const;

const run = (command: string, args: readonly string[]): Promise<boolean> =>
  new Promise((resolve) => {
    const env = {
      ...process.env,
      TMPDIR: TEMPORARY,
      NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning',
      PATH: `${join(ROOT, 'node_modules', '.bin')}:${process.env['PATH']}`,
    };
    const child = spawn(command, args, { cwd: ROOT, env, stdio: 'inherit' });
    child.on('error', () => resolve(false));
    child.on('close', (code) => resolve(code === 0));
  });

const ReportSchema = v.object({
  numPassedTests: v.number(),
  numFailedTests: v.number(),
  numRuntimeErrorTestSuites: v.number(),
});

const main = async (): Promise<void> => {
  const jestArgs = process.argv.slice(2);
  await mkdir(TEMPORARY, { recursive: true });
  let passed = 0;
  let failed = 0;
  for (const { name, command } of jestArgs.length > 0 ? [] : CHECKS) {
    console.log(`\n▸ ${name}`);
    const [program, ...args] = command;
    if (await run(program, args)) passed++;
    else {
      failed++;
      console.log(`✗ ${name}`);
    }
  }

  console.log('\n▸ tests (jest): rules, template, and flows on a separate local stack');
  const ok = await run('jest', ['--json', `--outputFile=${REPORT}`, '--silent=false', ...jestArgs]);
  const report = await readFile(REPORT, 'utf8').then(
    (text) => v.parse(ReportSchema, JSON.parse(text)),
    () => undefined,
  );
  await rm(REPORT, { force: true });
  await rm(TEMPORARY, { recursive: true, force: true });
  passed += report?.numPassedTests ?? 0;
  const problems = (report?.numFailedTests ?? 0) + (report?.numRuntimeErrorTestSuites ?? 0);
  failed += ok ? 0 : Math.max(1, problems);
  console.log(`\n${passed} passed, ${failed} failed`);
  if (failed > 0 || passed === 0) process.exitCode = 1;
};

await main();
