import type { Call } from '../calls.ts';
import { makeCall } from './segment-calls.ts';

/** A client with a queue, of which a flush sends the first messages. */
interface Flushing {
  flush(): unknown;
}

/** Makes calls, and flushes until each has been sent or given up, as its callback tells. */
export const flushAll = async (client: Flushing, calls: readonly Call[]): Promise<void> => {
  let open = calls.length;
  const done = (): void => {
    open--;
  };
  for (const call of calls) makeCall(client, call, done);
  while (open > 0) {
    const before = open;
    await client.flush();
    // Callbacks follow an answer in a later turn; an empty queue answers at once while others are under way.
    if (open === before) await new Promise((resolve) => setTimeout(resolve, 10));
  }
};
