import { join, resolve } from 'node:path';

/** The project's root folder. */
export const ROOT = join(import.meta.dirname, '..');

/** The only folder of the project that local stacks write to. */
export const LOCAL = join(ROOT, '.local');

const home = process.env['STACK_HOME'];

/** The folder of the stack of `npm start`: in STACK_HOME, for a second stack beside it, a folder of its own, since it deletes some in it. */
export const STACK_HOME = home ? join(resolve(home), 'pigeon-perch-backfill') : LOCAL;
