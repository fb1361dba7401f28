import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { BUNDLING } from '#infra/parts/bundling.ts';
import { ROOT } from '#local/folders.ts';

/**
 * Bundles a floor as the functions are bundled.
 *
 * @param worker - a file of `bench/workers` that exports `handler`
 * @param folder - the folder of the bundle
 * @returns the bundle's file
 */
export const bundleFloor = (worker: string, folder: string): string => {
  const outfile = join(folder, worker.replace(/\.ts$/, '.mjs'));
  buildSync({
    ...BUNDLING,
    banner: { js: BUNDLING.banner },
    entryPoints: [join(ROOT, 'bench', 'workers', worker)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
  return outfile;
};
