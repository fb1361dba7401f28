import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LOCAL } from '#local/folders.ts';
import { CLIENTS_PYTHON, prepareEnvironment } from './python.ts';

/** A certificate for localhost, by an authority of its own that nothing trusts which is not told to. */
export interface Certificate {
  /** The path of the authority's certificate. */
  readonly authority: string;
  readonly ca: Buffer;
  readonly key: Buffer;
  readonly cert: Buffer;
}

const HOME = join(LOCAL, 'localhost-certificate');

/** Node can read certificates, but not make them; the Python package trustme can. */
const make = async (): Promise<void> => {
  const python = await prepareEnvironment(CLIENTS_PYTHON);
  const temporary = `${HOME}.${process.pid}`;
  try {
    await mkdir(temporary, { recursive: true });
    await promisify(execFile)(python, ['-m', 'trustme', '--quiet', '-d', temporary]);
    await rename(temporary, HOME).catch((error: NodeJS.ErrnoException) => {
      // Another process made it first; its certificate is used.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
};

/** The certificate of all gateways of this clone, which is made when it is first needed. */
export const localCertificate = async (): Promise<Certificate> => {
  if (!existsSync(HOME)) await make();
  const authority = join(HOME, 'client.pem');
  const [ca, key, cert] = await Promise.all([
    readFile(authority),
    readFile(join(HOME, 'server.key')),
    readFile(join(HOME, 'server.pem')),
  ]);
  return { authority, ca, key, cert };
};
