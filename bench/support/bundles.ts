import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { ROOT } from '#local/folders.ts';

/** The deployed code of a function. */
export interface Bundle {
  /** The function's folder under `functions/`, for example `ingest/contacts`. */
  readonly folder: string;
  /** The bundle: an ES module that exports `handler`. */
  readonly file: string;
  /** Its environment as in the template. Values that only a deployment knows, such as a table's name, are logical ids. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A variable's value: text, or a reference that CloudFormation resolves to text. */
const ValueSchema = v.union([
  v.string(),
  v.pipe(
    v.object({ Ref: v.string() }),
    v.transform(({ Ref }) => Ref),
  ),
  v.pipe(
    v.object({ 'Fn::GetAtt': v.tuple([v.string(), v.string()]) }),
    v.transform(({ 'Fn::GetAtt': path }) => path.join('.')),
  ),
]);

const FunctionSchema = v.object({
  Metadata: v.object({ 'aws:asset:path': v.string() }),
  Properties: v.object({
    Description: v.string(),
    Environment: v.optional(v.object({ Variables: v.record(v.string(), ValueSchema) })),
  }),
});

const TemplateSchema = v.object({
  Resources: v.record(
    v.string(),
    v.looseObject({
      Type: v.string(),
      Properties: v.optional(v.looseObject({ Description: v.optional(v.unknown()) })),
    }),
  ),
});

/**
 * The service's functions in a template, sorted by folder.
 *
 * Functions with the same folder and different roles share their code and are one bundle: that of the first function.
 *
 * @param isFolder - whether a description, without its role, is the folder of a function; CDK's own functions have none
 * @param assembly - the folder of the assets
 * @throws v.ValiError if a function of the service does not have the expected form
 */
export const bundlesOfTemplate = (
  template: unknown,
  assembly: string,
  isFolder: (description: string) => boolean,
): Bundle[] => {
  const bundles = new Map<string, Bundle>();
  for (const resource of Object.values(v.parse(TemplateSchema, template).Resources)) {
    const description = resource.Properties?.Description;
    if (resource.Type !== 'AWS::Lambda::Function' || typeof description !== 'string') continue;
    const [folder = ''] = description.split(' ', 1);
    if (!isFolder(folder) || bundles.has(folder)) continue;
    const { Metadata, Properties } = v.parse(FunctionSchema, resource);
    bundles.set(folder, {
      folder,
      file: join(assembly, Metadata['aws:asset:path'], 'index.mjs'),
      environment: Properties.Environment?.Variables ?? {},
    });
  }
  return [...bundles.values()].sort((a, b) => (a.folder < b.folder ? -1 : 1));
};

/**
 * The functions of a cloud assembly.
 * @throws Error if it contains none
 */
export const readBundles = async (assembly: string): Promise<Bundle[]> => {
  const isFolder = (folder: string): boolean => existsSync(join(ROOT, 'functions', folder, 'index.ts'));
  const bundles: Bundle[] = [];
  for (const name of await readdir(assembly)) {
    if (!name.endsWith('.template.json')) continue;
    const template = JSON.parse(await readFile(join(assembly, name), 'utf8'));
    bundles.push(...bundlesOfTemplate(template, assembly, isFolder));
  }
  if (bundles.length === 0) throw new Error(`No function of the service is in ${assembly}`);
  return bundles;
};

/**
 * The bundle of a folder.
 * @throws Error if it is not deployed
 */
export const bundleOf = async (assembly: string, folder: string): Promise<Bundle> => {
  const bundle = (await readBundles(assembly)).find((each) => each.folder === folder);
  if (bundle === undefined) throw new Error(`${folder} is not deployed`);
  return bundle;
};

/**
 * The environment of a function's process as on Lambda, without variables of this process.
 * @param endpoint - the endpoint of all AWS services
 */
export const lambdaEnvironment = (
  { folder, environment }: Bundle,
  endpoint: string,
): Record<string, string> => ({
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
  AWS_LAMBDA_FUNCTION_NAME: folder.replace('/', '-'),
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_LOG_FORMAT: 'JSON',
  AWS_ENDPOINT_URL: endpoint,
  ...environment,
});
