import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from '@swc/core';

const ROOT = join(import.meta.dirname, '..', '..');

/** A node or a list of nodes of swc's syntax tree. */
type Tree = Readonly<Record<string, unknown>> | readonly unknown[];

/** The texts of a tree: string literals, quoted keys, and the fixed parts of template literals, without import specifiers. */
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

/** A source file and its texts, without comments. */
export interface SourceFile {
  /** Relative to the project's root. */
  readonly path: string;
  readonly texts: readonly string[];
}

/** All TypeScript files in folders of the project. */
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

/** The paths of the files with a text that matches. */
export const filesWith = (files: readonly SourceFile[], matches: (text: string) => boolean): string[] =>
  files.filter(({ texts }) => texts.some(matches)).map(({ path }) => path);
