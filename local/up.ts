import { join } from 'node:path';
import type * as v from 'valibot';
import { UserError } from '#cli/user-error.ts';
import type { ProfileSchema } from '#shared/profiles/profile.ts';
import { STACK_HOME } from './folders.ts';
import { ownStack, portInUse } from './ownership.ts';
import { freePort, parsePort, requireFree } from './ports.ts';
import {
  type Call,
  caller,
  defineSegments,
  importSample,
  makeKey,
  refreshAffected,
  SAMPLES,
} from './seed.ts';
import { bringUp, type LocalStack } from './stack.ts';
import { type StackFile, writeStackFile } from './stack-file.ts';
import { consoleSteps } from './steps.ts';

type Profile = v.InferOutput<typeof ProfileSchema>;

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

/** Imports the documentation's example, and prints the answers and the resulting profiles. */
const seed = async (call: Call): Promise<void> => {
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
};

/**
 * The port to start the stack on: STACK_PORT, or a free one.
 * @throws UserError if STACK_PORT is not a port number, or used by anything else than the stack that this one replaces
 */
const choosePort = async (): Promise<number> => {
  const requested = parsePort(process.env['STACK_PORT']);
  if (requested === undefined) return freePort();
  if (requested !== portInUse()) await requireFree(requested);
  return requested;
};

/** A stack that is up, as the property of this process. */
export interface StackUp extends LocalStack {
  readonly apiKey: string;
  readonly orgId: string;
  /** Ends it, and deletes its files. */
  readonly takeDown: () => Promise<void>;
}

/**
 * Starts the stack, imports the documentation's example, and writes `stack.json`. A stack that is already running is
 * stopped first, so there is at most one; but not before it is certain that the port can be used.
 *
 * @param signal - ends the start at any moment
 * @throws UserError, or the signal's reason; everything that was started is stopped then
 */
export const up = async (signal: AbortSignal): Promise<StackUp> => {
  if (process.platform === 'win32')
    throw new UserError('The local stack runs on Linux and macOS; on Windows use WSL.');
  const port = await choosePort();
  const { add, release } = await ownStack(port);
  try {
    const options = { folder: join(STACK_HOME, 'stack'), port, steps: consoleSteps, signal, onStart: add };
    const stack = await bringUp(options);
    const { apiKey, organisation } = await consoleSteps.run('Creating an organisation and its API key', () =>
      makeKey(stack, 'example'),
    );
    await seed(caller(stack.apiUrl, apiKey, signal));
    const file = { ...stack, apiKey, orgId: organisation.id };
    await writeStackFile(file);
    signal.throwIfAborted();
    return { ...file, takeDown: release };
  } catch (error) {
    await release();
    // What a call saw of the end is not the reason for it.
    signal.throwIfAborted();
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
