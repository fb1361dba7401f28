import { createProgram, runProgram } from '#cli/main.ts';
import { endStack } from './ownership.ts';

const WORDS = {
  ended: 'The stack is stopped.',
  gone: 'The recorded stack is no longer running; its files are deleted, and nothing was stopped.',
  none: 'No stack is running.',
} as const;

const program = createProgram(
  'npm run stack:down',
  'Stop the local stack, or its start, whichever command has started it.',
).action(async () => console.log(WORDS[await endStack()]));

await runProgram(program);
