import { App, Tags } from 'aws-cdk-lib';
import { BackendStack } from './backend-stack.ts';
import type { CustomDomain } from './parts/custom-domain.ts';
import { type StageSettings, stageSettings } from './stage-settings.ts';

/**
 * The CDK app. Context, by `-c name=value` or cdk.json:
 * `stage` (default: production), `domainName` and `certificateArn` (both or neither), `alarmEmails` (comma-separated).
 */
const app = new App();
const context = (name: string): string | undefined => app.node.tryGetContext(name);

const customDomain = (): CustomDomain | undefined => {
  const [name, certificateArn] = [context('domainName'), context('certificateArn')];
  if (name === undefined && certificateArn === undefined) return undefined;
  if (name === undefined || certificateArn === undefined) {
    throw new Error('A custom domain requires both -c domainName=… and -c certificateArn=…');
  }
  return { name, certificateArn };
};

const settings: StageSettings = {
  ...stageSettings(context('stage') ?? 'production'),
  alarmEmails: (context('alarmEmails') ?? '').split(',').flatMap((email) => email.trim() || []),
};
const stack = new BackendStack(app, `PigeonPerchBackfill-${settings.name}`, {
  settings,
  customDomain: customDomain(),
  description: 'Pigeon Perch Backfill: imports historical customer events',
});
Tags.of(stack).add('service', 'pigeon-perch-backfill');
Tags.of(stack).add('stage', settings.name);
