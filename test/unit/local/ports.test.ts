import { createServer, type Server } from 'node:net';
import { freePort, HOST, parsePort, requireFree } from '#local/ports.ts';

describe('STACK_PORT', () => {
  it.each([
    [undefined, undefined],
    ['1', 1],
    ['4566', 4566],
    ['65535', 65_535],
  ])('%j is accepted', (value, port) => {
    expect(parsePort(value)).toBe(port);
  });

  it.each(['', ' ', '0', '65536', '70000', '-1', '4566.0', '4e3', '0x11d6', ' 4566', 'abc'])(
    'is refused with a sentence: %j',
    (value) => {
      expect(() => parsePort(value)).toThrow(`STACK_PORT="${value}" is not a port number`);
    },
  );
});

describe('a port', () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  /** A program that listens on every address of a free port. @returns the port */
  const aProgram = (host?: string): Promise<number> =>
    new Promise((resolve) => {
      server = createServer().listen({ port: 0, host }, () => {
        const address = server?.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });

  it.each([
    ['all addresses', undefined],
    ['our address', HOST],
  ])('is refused if another program listens on it: %s', async (_what, host) => {
    const port = await aProgram(host);

    await expect(requireFree(port)).rejects.toThrow(`Port ${port} is used by another program`);
  });

  it('is accepted if it is free', async () => {
    const port = await freePort();

    await expect(requireFree(port)).resolves.toBeUndefined();
  });
});
