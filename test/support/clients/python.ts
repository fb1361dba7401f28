import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LOCAL } from '#local/folders.ts';
import { type PythonEnvironment, preparePython } from '#local/python.ts';

const environment = (name: string, requirements: string): PythonEnvironment => ({
  name,
  requirements: join(import.meta.dirname, 'python', requirements),
});

/** The environment of the Python clients but June's; it also has `trustme`. */
export const CLIENTS_PYTHON = environment('clients', 'requirements.txt');

/** June's Python client needs an older `backoff` than RudderStack's. */
export const JUNE_PYTHON = environment('clients-june', 'requirements-june.txt');

/**
 * Creates an environment unless it exists, which takes some seconds.
 * @returns the path of its Python
 */
export const prepareEnvironment = async (environment: PythonEnvironment): Promise<string> => {
  await mkdir(LOCAL, { recursive: true });
  return preparePython(environment, LOCAL, join(LOCAL, `${environment.name}-install.log`));
};

/** Creates the environments of all Python clients unless they exist. */
export const prepareClients = async (): Promise<void> => {
  await Promise.all([CLIENTS_PYTHON, JUNE_PYTHON].map(prepareEnvironment));
};
