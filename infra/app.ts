import { App, Tags } from 'aws-cdk-lib';
import { BackendStack } from './backend-stack.ts';
import { readSettings } from './given-settings.ts';
import { SettingsError } from './stage-settings.ts';

/** The CDK app. Context: `stage` (default: production), by `-c stage=…`, and `stages`, the settings of the stages in cdk.json. */
const main = (): void => {
  const app = new App();
  const settings = readSettings((name) => app.node.tryGetContext(name));
  const stack = new BackendStack(app, `PigeonPerchBackfill-${settings.name}`, {
    settings,
    description: 'Pigeon Perch Backfill: imports historical customer events',
  });
  Tags.of(stack).add('service', 'pigeon-perch-backfill');
  Tags.of(stack).add('stage', settings.name);
};

try {
  main();
} catch (error) {
  console.error(error instanceof SettingsError ? error.message : error);
  process.exitCode = 1;
}
