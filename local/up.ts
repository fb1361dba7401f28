import { join } from 'node:path';
import type * as v from 'valibot';
import type { ProfileSchema } from '#shared/profiles/profile.ts';
import {
  type Call,
  caller,
  defineSegments,
  importSample,
  makeKey,
  refreshAffected,
  SAMPLES,
} from './seed.ts';
import { bringUp, LOCAL, readStackFile, type StackFile, takeDown, writeStackFile } from './stack.ts';
import { consoleSteps } from './steps.ts';

type Profile = v.InferOutput<typeof ProfileSchema>;

/** The port set by STACK_PORT. @throws Error if it is not a port number */
const requestedPort = (): number | undefined => {
  const text = process.env['STACK_PORT'];
  if (!text) return undefined;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`STACK_PORT=${text} is not a port number`);
  return port;
};

/** The profiles of the example's contacts after the refresh, formatted as one paragraph each. */
const profilesOf = async (call: Call): Promise<string[]> => {
  const { items } = (await call('GET', '/v1/contacts?sort=engagementScore')) as { items: Profile[] };
  return items.map(({ email, engagementScore, locationInterests, segments }) => {
    const interests = locationInterests.map(({ location, score }) => `${location} ${score.toPrecision(3)}`);
    return [
      `  ${email}`,
      `    engagement score    ${engagementScore.toPrecision(3)} (half-life: 30 days)`,
      `    location interests  ${interests.join(' · ')}`,
      `    segments            ${segments.map(({ name }) => name).join(' · ')}`,
    ].join('\n');
  });
};

/**
 * Starts the stack, imports the documentation's example, and writes `.local/stack.json`. A stack that is already running is
 * stopped first, so there is at most one.
 */
export const up = async (): Promise<StackFile> => {
  const earlier = await readStackFile();
  if (earlier !== undefined) await takeDown(earlier);
  const stack = await bringUp({ folder: join(LOCAL, 'stack'), port: requestedPort(), steps: consoleSteps });
  try {
    const { apiKey, organisation } = await consoleSteps.run('Creating an organisation and its API key', () =>
      makeKey(stack, 'example'),
    );
    const file = { ...stack, apiKey, orgId: organisation.id };
    const call = caller(stack.apiUrl, apiKey);
    console.log('\nImporting the example of the documentation:');
    for (const sample of SAMPLES) {
      console.log(`  POST ${sample.path}`);
      console.log(`    ${JSON.stringify(await importSample(call, sample))}`);
    }
    console.log();
    await consoleSteps.run('Defining segments', () => defineSegments(call));
    await consoleSteps.run('Refreshing the affected contacts', () => refreshAffected(call));
    console.log('\nProfiles after the refresh:');
    for (const profile of await profilesOf(call)) console.log(profile);
    await writeStackFile(file);
    return file;
  } catch (error) {
    await takeDown(stack);
    throw error;
  }
};

/** The addresses of a running stack, and commands to try. */
export const describe = ({ apiUrl, apiKey, endpoint }: StackFile): string => `
API        ${apiUrl}
API key    ${apiKey}
local AWS  ${endpoint}

Try:
  curl -H 'X-API-Key: ${apiKey}' '${apiUrl}/v1/contacts?email=sarah@example.com'
  curl -H 'X-API-Key: ${apiKey}' '${apiUrl}/v1/imports'
`;
