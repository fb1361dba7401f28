import type { World } from './world.ts';

/** A function as it is deployed. */
export interface DeployedFunction {
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** As Lambda lists it. */
interface Listed {
  readonly FunctionName: string;
  readonly Description?: string;
  readonly Environment?: { readonly Variables?: Readonly<Record<string, string>> };
}

const urlOf = ({ stack }: Pick<World, 'stack'>): string => `${stack.endpoint}/2015-03-31/functions`;

/**
 * Finds a function, with the physical names of its tables and queues.
 * @param folder - its folder under `functions/`, which is its description
 */
export const deployedFunction = async (
  world: Pick<World, 'stack'>,
  folder: string,
): Promise<DeployedFunction> => {
  for (let marker = ''; ; ) {
    const response = await fetch(`${urlOf(world)}/?MaxItems=50${marker}`);
    const { Functions, NextMarker } = (await response.json()) as { Functions: Listed[]; NextMarker?: string };
    const found = Functions.find(({ Description }) => Description === folder);
    if (found !== undefined) {
      return { name: found.FunctionName, environment: found.Environment?.Variables ?? {} };
    }
    if (NextMarker == null || NextMarker === '') throw new Error(`${folder} is not deployed`);
    marker = `&Marker=${encodeURIComponent(NextMarker)}`;
  }
};

/**
 * Has a function write its events to its log, or no longer. The local engine waits up to 50 ms for the log of a call, which would hide
 * what a function that logs nothing costs.
 */
export const setEventLogged = async (
  world: Pick<World, 'stack'>,
  { name, environment }: DeployedFunction,
  isLogged: boolean,
): Promise<void> => {
  const Variables = isLogged ? { ...environment, POWERTOOLS_LOGGER_LOG_EVENT: 'true' } : environment;
  const response = await fetch(`${urlOf(world)}/${name}/configuration`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ Environment: { Variables } }),
  });
  if (!response.ok) throw new Error(`${name} could not be configured: ${await response.text()}`);
};
