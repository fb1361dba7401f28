/**
 * Rules for imports between folders. `npm test` checks them; a violation names the file, its import and the rule.
 *
 * The folders of shared/ form layers, listed from the highest to the lowest. A file may import from its own folder and from
 * lower layers, but from no other folder of its layer or of a higher one. So there are no cycles, and a change affects only
 * the layers above it.
 */
const LAYERS = [
  ['contract'],
  ['profiles', 'clients'],
  ['imports', 'refresh', 'analytics'],
  ['linking'],
  ['standings'],
  ['segments'],
  ['companies'],
  ['contacts'],
  ['scoring'],
  ['definitions'],
  ['events'],
  ['identities'],
  ['jobs', 'keys'],
  ['aws'],
  ['http'],
  ['telemetry'],
  ['time'],
  ['json'],
  ['deployment'],
];

const folders = (names) => `^shared/(${names.join('|')})/`;

const layerRules = LAYERS.flatMap((layer, depth) =>
  layer.map((folder) => ({
    name: `shared/${folder} imports lower layers only`,
    severity: 'error',
    from: { path: folders([folder]) },
    to: {
      path: folders(
        LAYERS.slice(0, depth + 1)
          .flat()
          .filter((other) => other !== folder),
      ),
    },
  })),
);

const AWS_SDK = '^node_modules/@(aws-sdk|smithy)/';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...layerRules,
    {
      name: 'every folder of shared/ belongs to a layer',
      severity: 'error',
      from: { path: '^shared/', pathNot: [folders(LAYERS.flat())] },
      to: {},
    },
    {
      name: 'shared/ does not import its users',
      severity: 'error',
      from: { path: '^shared/' },
      to: { path: '^(functions|infra|local|cli|bench|test)/' },
    },
    {
      name: 'only stores and shared/aws call AWS',
      comment: 'Everything else is pure and can be tested without AWS',
      severity: 'error',
      from: { path: '^(shared|functions)/', pathNot: ['-store\\.ts$', '^shared/aws/'] },
      to: { path: AWS_SDK },
    },
    {
      name: 'functions import shared/ and their own folder',
      severity: 'error',
      from: { path: '^functions/' },
      to: { path: '^(infra|local|cli|bench|test)/' },
    },
    {
      name: 'infra refers to functions by name and does not import their code',
      severity: 'error',
      from: { path: '^infra/' },
      to: { path: '^(functions|local|cli|bench|test)/' },
    },
    {
      name: 'infra imports only definitions that the stack and the functions share',
      severity: 'error',
      from: { path: '^infra/' },
      to: { path: '^shared/', pathNot: ['^shared/(deployment|contract|events)/'] },
    },
    {
      name: 'no cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'imports exist',
      severity: 'error',
      from: {},
      // Lambda's events exist as types only.
      to: { couldNotResolve: true, pathNot: ['^aws-lambda$'] },
    },
    {
      name: 'deployed code uses no development dependency',
      severity: 'error',
      from: { path: '^(shared|functions)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    // TypeScript 7 has no compiler API, which the default parser requires.
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
