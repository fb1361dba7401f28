import { takeDown } from './stack.ts';
import { describe, up } from './up.ts';

/** `npm start` runs the stack until Ctrl-C; `npm run stack:up` (with `--detach`) until `npm run stack:down`. */
const main = async (): Promise<void> => {
  const stack = await up();
  console.log(describe(stack));
  if (process.argv.includes('--detach')) {
    console.log('It keeps running until: npm run stack:down');
    return;
  }
  console.log('Press Ctrl-C to stop it.');
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {}, 60_000);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => {
        clearInterval(timer);
        resolve();
      });
    }
  });
  await takeDown(stack);
  console.log('\nThe stack is stopped.');
};

try {
  await main();
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
