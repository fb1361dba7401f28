import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { localAwsEnv } from '#local/ministack.ts';
import { readStackFile } from '#local/stack.ts';
import { outputsByName } from '#shared/deployment/outputs.ts';

/** Thrown when a command line is incomplete, or names something that does not exist. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The outputs of a deployed stack, by their names in shared/deployment/names.ts. */
export type Outputs = Readonly<Record<string, string>>;

const outputsOnAws = async (stage: string): Promise<Outputs> => {
  const StackName = `PigeonPerchBackfill-${stage}`;
  const { Stacks } = await new CloudFormationClient().send(new DescribeStacksCommand({ StackName }));
  const found = Stacks?.[0]?.Outputs ?? [];
  return outputsByName(
    found.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue] as const),
  );
};

/**
 * Finds the deployment that a command operates on, and configures the SDK for it: the local stack if
 * `--local` is given, otherwise AWS by the usual environment (`AWS_PROFILE`, `AWS_REGION`) and `--stage`.
 *
 * @throws UsageError if the local stack is not running
 */
export const findDeployment = async (options: {
  readonly local?: boolean | undefined;
  readonly stage?: string | undefined;
}): Promise<Outputs> => {
  if (!options.local) return outputsOnAws(options.stage ?? 'production');
  const stack = await readStackFile();
  if (stack === undefined) throw new UsageError('The local stack is not running: npm run stack:up');
  Object.assign(process.env, localAwsEnv(stack.endpoint));
  return stack.outputs;
};
