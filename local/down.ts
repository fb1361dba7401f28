import { readStackFile, takeDown } from './stack.ts';

const stack = await readStackFile();
if (stack === undefined) console.log('No stack is running.');
else {
  await takeDown(stack);
  console.log('The stack is stopped.');
}
