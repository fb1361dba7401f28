import { writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

// Loads the bundle in its first argument and then writes to descriptor 3. It is JavaScript, since stripping types takes
// 50 ms, which would affect both sides of the ratio.
const { handler } = await import(pathToFileURL(process.argv[2]).href);
if (typeof handler !== 'function') throw new Error(`${process.argv[2]} exports no function "handler"`);
writeSync(3, 'ready');
