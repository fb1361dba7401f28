import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { localAwsEnv } from '#local/ministack.ts';
import { readStackFile } from '#local/stack.ts';
import { outputsByName } from '#shared/deployment/outputs.ts';

/** Thrown when a command line does not say what a command needs, or names what is not there. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The outputs of a deployed stack, by the names that shared/deployment/names.ts gives them. */
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
 * Finds the deployment that a command works on, and points the SDK at it: the local stack where `--local` is given,
 * else AWS by the usual environment (`AWS_PROFILE`, `AWS_REGION`) and `--stage`.
 *
 * @throws {@link UsageError} where no local stack is up
 */
export const findDeployment = async (options: {
  readonly local?: boolean | undefined;
  readonly stage?: string | undefined;
}): Promise<Outputs> => {
  if (!options.local) return outputsOnAws(options.stage ?? 'production');
  const stack = await readStackFile();
  if (stack === undefined) throw new UsageError('No local stack is up: npm run stack:up');
  Object.assign(process.env, localAwsEnv(stack.endpoint));
  return stack.outputs;
};
