/**
 * Which folder may import which. `npm test` checks it; a violation names the file, its import and the rule.
 *
 * The folders of shared/ stand in layers, the highest first. A file imports from its own folder and from lower layers,
 * never from the same layer or a higher one, so there are no cycles and a change is felt upwards only.
 */
const LAYERS = [
  ['contract'],
  ['profiles'],
  ['imports', 'refresh', 'analytics'],
  ['standings'],
  ['segments'],
  ['contacts'],
  ['scoring'],
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
      name: 'every folder of shared/ has a layer',
      severity: 'error',
      from: { path: '^shared/', pathNot: [folders(LAYERS.flat())] },
      to: {},
    },
    {
      name: 'shared/ does not know who uses it',
      severity: 'error',
      from: { path: '^shared/' },
      to: { path: '^(functions|infra|local|cli|bench|test)/' },
    },
    {
      name: 'only stores and shared/aws speak to AWS',
      comment: 'Everything else is pure, so that it is tested without AWS',
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
      name: 'infra names functions, never their code',
      severity: 'error',
      from: { path: '^infra/' },
      to: { path: '^(functions|local|cli|bench|test)/' },
    },
    {
      name: 'infra takes only what stack and functions agree on',
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
      // Of Lambda's events there are types only.
      to: { couldNotResolve: true, pathNot: ['^aws-lambda$'] },
    },
    {
      name: 'what is deployed uses no development dependency',
      severity: 'error',
      from: { path: '^(shared|functions)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    // TypeScript 7 has no compiler API that the default parser could use.
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
