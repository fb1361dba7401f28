import { connect, createServer } from 'node:net';
import { UserError } from '#cli/user-error.ts';

/** Only this machine may call the local stack. */
export const HOST = '127.0.0.1';

/**
 * Parses STACK_PORT.
 * @returns undefined if it is not set
 * @throws UserError if it is not a port number
 */
export const parsePort = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) {
    throw new UserError(`STACK_PORT="${text}" is not a port number: set one from 1 to 65535, or none`);
  }
  return port;
};

/** Listens on a port for a moment. @returns the port */
const listen = (port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(port, HOST, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });

/** Returns a free port. */
export const freePort = (): Promise<number> => listen(0);

/** Some systems let a second program listen on one address of a port that the first has on all. */
const isAnswered = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, HOST);
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });

/** @throws UserError if another program uses the port, or this user may not */
export const requireFree = async (port: number): Promise<void> => {
  const code = (await isAnswered(port))
    ? 'EADDRINUSE'
    : await listen(port).then(
        () => undefined,
        (error: NodeJS.ErrnoException) => error.code,
      );
  if (code === 'EADDRINUSE') {
    throw new UserError(
      `Port ${port} is used by another program, perhaps another MiniStack: set STACK_PORT to a free port, or none`,
    );
  }
  if (code !== undefined) {
    throw new UserError(`Port ${port} cannot be used (${code}): set STACK_PORT to another port, or none`);
  }
};
