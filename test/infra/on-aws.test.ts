import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '#local/folders.ts';
import { templateOf } from '#test/support/template.ts';

const text = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** A logical id without the eight characters that CDK appends, as the documents' commands name resources. */
const NAMES = new Set(
  Object.keys(templateOf('production').toJSON()['Resources']).map((id) => id.slice(0, -8)),
);

describe('docs/on-aws.md', () => {
  it('names tests that exist', () => {
    const named = [...text('docs/on-aws.md').matchAll(/`((?:unit|infra|flow)\/[\w/-]+)`/g)].map(
      ([, test]) => `${test}.test.ts`,
    );

    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((test) => !existsSync(join(ROOT, 'test', test)))).toEqual([]);
  });
});

describe.each(['docs/on-aws.md', 'docs/runbook.md'])('the commands of %s', (file) => {
  it('name resources of the production stack', () => {
    const commands = [
      ...text(file).matchAll(/(?:\bphysical |\blogs |\berrors_by |"\$\(physical )([A-Z]\w+)/g),
    ];

    const named = new Set(commands.map(([, name]) => name as string));

    expect(named.size).toBeGreaterThan(0);
    expect([...named].filter((name) => !NAMES.has(name))).toEqual([]);
  });
});
