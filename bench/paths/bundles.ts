import { stat } from 'node:fs/promises';
import { readBundles } from '../support/bundles.ts';
import { type Figure, figureOf } from '../support/figures.ts';
import type { World } from '../support/world.ts';

/** The stricter of the two: 1 MB is not 1 MiB. */
const BYTES_OF_MB = 1_000_000;

/** Measures the size of each function's minified bundle. */
export const measureBundles = async ({ assembly }: World): Promise<Figure[]> =>
  Promise.all(
    (await readBundles(assembly)).map(async ({ folder, file }) => {
      const { size } = await stat(file);
      return figureOf(`bundle: ${folder}`, 'minified MB', [size / BYTES_OF_MB], 1);
    }),
  );
