import { join } from 'node:path';
import { importSample, makeKey, SAMPLES } from './seed.ts';
import { bringUp, LOCAL, readStackFile, type StackFile, takeDown, writeStackFile } from './stack.ts';
import { consoleSteps } from './steps.ts';

/** The port that STACK_PORT asks for. */
const wantedPort = (): number | undefined => {
  const text = process.env['STACK_PORT'];
  if (!text) return undefined;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`STACK_PORT=${text} is no port`);
  return port;
};

/**
 * Brings the stack up with the documentation's example in it, and writes `.local/stack.json`. A stack that was up
 * before is taken down first, so there is one at most.
 */
export const up = async (): Promise<StackFile> => {
  const earlier = await readStackFile();
  if (earlier !== undefined) await takeDown(earlier);
  const stack = await bringUp({ folder: join(LOCAL, 'stack'), port: wantedPort(), steps: consoleSteps });
  try {
    const { apiKey, organisation } = await consoleSteps.run('Making an organisation and its API key', () =>
      makeKey(stack, 'example'),
    );
    const file = { ...stack, apiKey, orgId: organisation.id };
    console.log('\nImporting the example of the documentation:');
    for (const sample of SAMPLES) {
      console.log(`  POST ${sample.path}`);
      console.log(`    ${JSON.stringify(await importSample(stack.apiUrl, apiKey, sample))}`);
    }
    await writeStackFile(file);
    return file;
  } catch (error) {
    await takeDown(stack);
    throw error;
  }
};

/** What to do with a stack that is up. */
export const describe = ({ apiUrl, apiKey, endpoint }: StackFile): string => `
API        ${apiUrl}
API key    ${apiKey}
local AWS  ${endpoint}

Try:
  curl -H 'X-API-Key: ${apiKey}' '${apiUrl}/v1/contacts?email=sarah@example.com'
  curl -H 'X-API-Key: ${apiKey}' '${apiUrl}/v1/imports'
`;
