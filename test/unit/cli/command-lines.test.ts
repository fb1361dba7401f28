import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aFolder, runCommandLine } from '#test/support/commands.ts';

/** Errors are sentences: no line of them is a frame of a stack trace. */
const STACK_FRAME = /^\s+at /m;

const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };

let home: ReturnType<typeof aFolder>;
beforeEach(() => {
  home = aFolder();
});
afterEach(() => home.remove());

const run = (line: string, env: NodeJS.ProcessEnv = {}) =>
  runCommandLine(line.split(' '), { STACK_HOME: home.path, ...env });

describe('the help of a command', () => {
  it.each([
    ['cli/keys.ts --help', ['npm run keys --', 'create', 'list', 'revoke', 'Examples']],
    ['cli/keys.ts create --help', ['--org <name>', '--label <text>', '--stage <name>', '--local']],
    ['cli/jobs.ts --help', ['npm run jobs --', 'list', 'cancel', 'resume']],
    ['cli/redrive.ts --help', ['npm run redrive --', '"live", "due", "bulk", "plan", "rebuild"']],
    ['cli/restore.ts --help', ['npm run restore --', '--tables <names>', '--at <time>', 'Examples']],
    ['cli/analytics-rebuild.ts --help', ['npm run analytics:rebuild --', '--job <id>', '--no-wait']],
    ['local/start.ts --help', ['npm start --', '--detach', 'STACK_PORT']],
    ['local/down.ts --help', ['npm run stack:down --']],
    ['bench/run.ts --help', ['npm run bench --', '"import"', '"fairness"']],
  ])('is printed by %s, as a success', async (line, parts) => {
    const { code, stdout, stderr } = await run(line);

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const part of parts) expect(stdout).toContain(part);
  });
});

describe('a command line that is wrong', () => {
  it.each([
    ['a misspelt option', 'cli/keys.ts create --org acme --lable x', 'Did you mean --label?'],
    ['a misspelt sub-command', 'cli/keys.ts craete --org acme', 'Did you mean create?'],
    ['no sub-command', 'cli/jobs.ts', 'Usage: npm run jobs'],
    ['a missing option', 'cli/keys.ts create', "required option '--org <name>' not specified"],
    ['an option without its value', 'cli/keys.ts create --org', "'--org <name>' argument missing"],
    ['an option instead of a value', 'cli/keys.ts create --org --local', 'looks like an option'],
    ['a blank name', 'cli/keys.ts create --org ', 'It is blank.'],
    ['a superfluous word', 'cli/keys.ts create --org acme extra', 'too many arguments'],
    ['a superfluous word of a simple command', 'cli/redrive.ts --queue live extra', 'too many arguments'],
    ['a value that is no choice', 'cli/redrive.ts --queue x', 'live, due, bulk, plan, rebuild'],
    ['two deployments at once', 'cli/keys.ts list --org acme --local --stage trial', 'cannot be used with'],
    ['an id of another kind', 'cli/analytics-rebuild.ts --org acme --job ref_1', 'like reb_'],
    ['a moment without its zone', 'cli/restore.ts --tables Events --at 2026-03-01', 'not a time in UTC'],
    [
      'tables without those they belong to',
      'cli/restore.ts --tables Members --at x',
      'add Contacts,Companies,Identities',
    ],
    ['a path of the benchmark that does not exist', 'bench/run.ts --only imports', 'import, cpu, refresh'],
    ['a superfluous word of npm start', 'local/start.ts detach', 'too many arguments'],
    ['an unknown option of stack:down', 'local/down.ts --all', "unknown option '--all'"],
  ])('is refused with a sentence, and exit code 2: %s', async (_what, line, message) => {
    const { code, stdout, stderr } = await run(line);

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(STACK_FRAME);
  });
});

describe('a deployment that cannot be reached', () => {
  it.each([
    ['no region', {}, 'No AWS region: set AWS_REGION'],
    ['a region that is none', { AWS_REGION: 'eu west' }, 'No AWS region: set AWS_REGION'],
    ['no credentials', { AWS_REGION: 'us-east-1' }, 'No AWS credentials: set AWS_PROFILE'],
    [
      'no network',
      { AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL: 'http://127.0.0.1:1', ...CREDENTIALS },
      'AWS cannot be reached: check AWS_REGION and the network',
    ],
  ])('is explained in a sentence: %s', async (_what, env, message) => {
    const { code, stderr } = await run('cli/keys.ts list --org acme', env);

    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  const STALE = { apiUrl: '', apiKey: '', orgId: '', endpoint: 'http://127.0.0.1:1', pid: 1, outputs: {} };

  it.each([
    ['it is not running', undefined, 'No local stack is running: npm run stack:up'],
    ['stack.json is no JSON', '{"apiUrl": ', 'does not describe a stack: npm run stack:up writes it anew'],
    ['stack.json lacks fields', '{"apiUrl": ""}', 'does not describe a stack: npm run stack:up'],
    ['it has ended', JSON.stringify({ ...STALE, instance: 'x' }), 'The local stack no longer runs at'],
  ])('is explained in a sentence, with --local: %s', async (_what, file, message) => {
    if (file !== undefined) {
      const folder = join(home.path, 'pigeon-perch-backfill');
      mkdirSync(folder);
      writeFileSync(join(folder, 'stack.json'), file);
    }

    const { code, stderr } = await run('cli/redrive.ts --queue live --local');

    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(STACK_FRAME);
  });
});
