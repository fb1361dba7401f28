import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { type Command, Option } from 'commander';
import { instanceAt, localAwsEnv } from '#local/ministack.ts';
import { readStackFile } from '#local/stack-file.ts';
import type { OUTPUT } from '#shared/deployment/names.ts';
import { outputsByName } from '#shared/deployment/outputs.ts';
import { text } from './main.ts';
import { UserError } from './user-error.ts';

/** The options that {@link withDeployment} adds. */
export interface DeploymentOptions {
  readonly stage: string;
  readonly local?: boolean;
}

/** Adds the options that select a deployment. */
export const withDeployment = (command: Command): Command =>
  command
    .option(
      '--stage <name>',
      'the stage on AWS, in the account and region of AWS_PROFILE and AWS_REGION',
      text,
      'production',
    )
    .addOption(new Option('--local', 'the local stack (npm run stack:up) instead of AWS').conflicts('stage'));

/**
 * The outputs of a deployed stack, by their names in shared/deployment/names.ts.
 * @throws UserError if the stack has no such output
 */
export type Output = (name: (typeof OUTPUT)[keyof typeof OUTPUT]) => string;

/** @param how - what to do if an output is missing */
const outputsFrom =
  (outputs: Readonly<Record<string, string>>, stack: string, how: string): Output =>
  (name) => {
    const value = outputs[name];
    if (value === undefined) throw new UserError(`${stack} has no output ${name}: ${how}`);
    return value;
  };

const outputsOnAws = async (stage: string): Promise<Output> => {
  const StackName = `PigeonPerchBackfill-${stage}`;
  const client = new CloudFormationClient();
  const { Stacks } = await client
    .send(new DescribeStacksCommand({ StackName }))
    .catch(async (error: Error) => {
      // CloudFormation has no error of its own for this.
      if (error.name !== 'ValidationError' || !error.message.includes('does not exist')) throw error;
      throw new UserError(
        `There is no stack ${StackName} in ${await client.config.region()}: check --stage, AWS_PROFILE and AWS_REGION`,
      );
    });
  const found = Stacks?.[0]?.Outputs ?? [];
  const outputs = outputsByName(
    found.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue] as const),
  );
  const flags = stage === 'production' ? '' : ` -c stage=${stage}`;
  return outputsFrom(
    outputs,
    `The stack ${StackName}`,
    `deploy it completely first (npx cdk deploy${flags})`,
  );
};

const localOutputs = async (): Promise<Output> => {
  const stack = readStackFile();
  if (stack === undefined) throw new UserError('No local stack is running: npm run stack:up');
  if ((await instanceAt(stack.endpoint)) !== stack.instance) {
    throw new UserError(`The local stack no longer runs at ${stack.endpoint}: npm run stack:up`);
  }
  Object.assign(process.env, localAwsEnv(stack.endpoint));
  return outputsFrom(stack.outputs, 'The local stack', 'npm run stack:up deploys it again');
};

/**
 * Finds the deployment that a command operates on, and configures the SDK for it: the local stack with `--local`, otherwise
 * the stage on AWS, by the usual environment (`AWS_PROFILE`, `AWS_REGION`).
 *
 * @throws UserError if there is no such stack, or the local one is not running
 */
export const findDeployment = ({ local, stage }: DeploymentOptions): Promise<Output> =>
  local ? localOutputs() : outputsOnAws(stage);
