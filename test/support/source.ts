import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from '@swc/core';

const ROOT = join(import.meta.dirname, '..', '..');

/** What a syntax tree of swc is made of, as far as it is walked. */
type Tree = Readonly<Record<string, unknown>> | readonly unknown[];

/** The texts of a tree: string literals, keys in quotes, and the fixed parts of templates. What is imported is left out. */
function* textsOf(tree: Tree): Generator<string> {
  if (!Array.isArray(tree)) {
    const { type, value, cooked } = tree as { type?: string; value?: unknown; cooked?: unknown };
    if (type === 'ImportDeclaration') return;
    if (type === 'StringLiteral') yield String(value);
    if (type === 'TemplateElement') yield String(cooked);
  }
  for (const part of Object.values(tree)) {
    if (typeof part === 'object' && part !== null) yield* textsOf(part as Tree);
  }
}

/** A file of the source, and the texts that are written in it; comments are none. */
export interface SourceFile {
  /** From the project's root. */
  readonly path: string;
  readonly texts: readonly string[];
}

/** The TypeScript files of folders of the project. */
export const sourceFiles = (...folders: readonly string[]): SourceFile[] =>
  globSync(
    folders.map((folder) => `${folder}/**/*.ts`),
    { cwd: ROOT },
  )
    .sort()
    .map((path) => {
      const tree = parseSync(readFileSync(join(ROOT, path), 'utf8'), { syntax: 'typescript' });
      return { path, texts: [...textsOf(tree as unknown as Tree)] };
    });

/** The paths of the files that have a text of which this holds. */
export const filesWith = (files: readonly SourceFile[], holds: (text: string) => boolean): string[] =>
  files.filter(({ texts }) => texts.some(holds)).map(({ path }) => path);
