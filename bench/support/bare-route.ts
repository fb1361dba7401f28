import { join } from 'node:path';
import { deployApp } from '#local/stack.ts';
import { BARE_ROUTE } from '../bare-route/names.ts';
import type { World } from './world.ts';

/**
 * Deploys the bare route beside the service: a route of API Gateway whose function sends each body to a queue, and does nothing else.
 * @returns its URL
 */
export const deployBareRoute = async ({ stack: { endpoint }, folder }: World): Promise<string> => {
  const { stackName, path } = BARE_ROUTE;
  const { apiUrl } = await deployApp(
    { app: 'node bench/bare-route/app.ts', output: join(folder, 'bare-route.out'), stackName, folder },
    { endpoint, logFile: join(folder, 'bare-route.log') },
  );
  return `${apiUrl}/${path}`;
};
