import type { StreamClients } from './stream-stage.ts';

/** When a process is killed: at its n-th call to AWS, counted from 1, before or after the call takes effect. */
export interface Death {
  readonly nth: number;
  readonly when: 'before' | 'after';
}

/**
 * What a killed process is left with in a test: none of its further calls takes effect. Marked as permanent, so that nothing
 * tries again.
 */
class KilledError extends Error {
  override readonly name = 'KilledError';
  readonly $fault = 'client';
}

/** Clients of a process that is killed, or that only counts its calls. */
export interface MortalClients extends StreamClients {
  /** The number of calls so far. */
  calls(): number;
}

type Send = (...args: readonly unknown[]) => Promise<unknown>;

/**
 * Wraps the clients of a process so that it is killed at a call. Calls that are under way at that moment take effect.
 * @param death - @default - the process survives
 */
export const killedAt = (clients: StreamClients, death?: Death): MortalClients => {
  let calls = 0;
  const mortal = <C extends { send: unknown }>(client: C): C => {
    const send = (client.send as Send).bind(client);
    const mortalSend: Send = async (...args) => {
      calls += 1;
      const nth = calls;
      if (death === undefined || nth < death.nth) return send(...args);
      if (nth === death.nth && death.when === 'after') await send(...args);
      throw new KilledError(`Killed at call ${death.nth}`);
    };
    return new Proxy(client, {
      get: (target, name) => (name === 'send' ? mortalSend : Reflect.get(target, name, target)),
    });
  };
  return { client: mortal(clients.client), sqs: mortal(clients.sqs), calls: () => calls };
};
