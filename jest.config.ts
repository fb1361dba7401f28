import type { Config } from 'jest';

const swc = {
  jsc: { parser: { syntax: 'typescript' }, target: 'es2024', experimental: { keepImportAttributes: true } },
  module: { type: 'es6' },
  sourceMaps: 'inline',
};

/** What all three heights share: native ES modules, TypeScript by swc. */
const base: Config = {
  testEnvironment: 'node',
  // Not among the temporary files, which each run deletes.
  cacheDirectory: '<rootDir>/.local/jest-cache',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', swc] },
  restoreMocks: true,
};

const config: Config = {
  // By default jest leaves one core idle, which on two is half.
  maxWorkers: 2,
  // A request may be the first of a function that is yet to start, on a machine that is busy.
  testTimeout: 30_000,
  projects: [
    { ...base, displayName: 'unit', testMatch: ['<rootDir>/test/unit/**/*.test.ts'] },
    { ...base, displayName: 'infra', testMatch: ['<rootDir>/test/infra/**/*.test.ts'] },
    {
      ...base,
      displayName: 'flow',
      testMatch: ['<rootDir>/test/flow/**/*.test.ts'],
      globalSetup: '<rootDir>/test/support/stack-setup.ts',
      globalTeardown: '<rootDir>/test/support/stack-teardown.ts',
    },
  ],
};

export default config;
