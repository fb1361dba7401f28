import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '#local/folders.ts';

/** The text of docs/moving-from.md, in which lines of a paragraph are one. */
export const MOVING_FROM = readFileSync(join(ROOT, 'docs', 'moving-from.md'), 'utf8');

/** A block of code, and the section that it is in. */
export interface Block {
  readonly section: string;
  readonly language: string;
  readonly code: string;
}

/** The sections of the document by their headings. */
export const SECTIONS: ReadonlyMap<string, string> = new Map(
  MOVING_FROM.split(/^## /m)
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf('\n')), text]),
);

/** All blocks of code. */
export const BLOCKS: readonly Block[] = [...SECTIONS].flatMap(([section, text]) =>
  [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', code = '']) => ({
    section,
    language,
    code,
  })),
);

/** The cells of all rows of tables in a section, without the lines between head and rows. */
export const rowsOf = (section: string): readonly (readonly string[])[] =>
  (SECTIONS.get(section) ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| ---'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
