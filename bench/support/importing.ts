import type { Caller } from './world.ts';

/** A batch endpoint, and the name of the array in its body. */
export interface Endpoint {
  readonly endpoint: string;
  readonly field: string;
}

/** The JSON text of a batch. */
export const bodyOf = ({ field }: Endpoint, entries: readonly object[]): string =>
  JSON.stringify({ [field]: entries });

/**
 * Sends a batch and waits for its answer.
 * @throws Error if the answer does not report that all entries are imported
 */
export const sendBatch = async (
  { call }: Caller,
  { endpoint }: Endpoint,
  body: string,
  size: number,
): Promise<void> => {
  const { imported } = (await call('POST', `/v1/${endpoint}/batch`, body)) as { imported: number };
  if (imported !== size) throw new Error(`${endpoint} imported ${imported} of ${size}`);
};
