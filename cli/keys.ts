import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { issueKey } from '#shared/keys/issue-key.ts';
import { createKeyStore } from '#shared/keys/key-store.ts';
import { createApiGatewayClient, createUsagePlanStore } from '#shared/keys/usage-plan-store.ts';
import { type DeploymentOptions, findDeployment } from './deployment.ts';
import { createProgram, runProgram, text } from './main.ts';
import { type OrganisationOptions, organisationNamed, withOrganisation } from './organisation.ts';
import { UserError } from './user-error.ts';

const program = createProgram('npm run keys', 'Create, list and revoke API keys.', [
  "npm run keys -- create --org acme --label 'the importer'",
  'npm run keys -- revoke --org acme --key k_0123456789ab --stage trial',
]);

const open = async (deployment: DeploymentOptions) => {
  const output = await findDeployment(deployment);
  return { output, keys: createKeyStore(createDynamoClient(), output(OUTPUT.keysTable)) };
};

withOrganisation(
  program.command('create').description('create a key, and with the first key the organisation'),
)
  .option('--label <text>', 'the purpose of the key, shown in lists', text)
  .action(async ({ org, label, ...deployment }: OrganisationOptions & { label?: string }) => {
    const { output, keys } = await open(deployment);
    const plan = createUsagePlanStore(createApiGatewayClient(), output(OUTPUT.usagePlanId));
    const deps = { keys, now: Date.now, registerUsage: plan.register };
    const { apiKey, keyId, organisation } = await issueKey(deps, org, label ?? '');
    console.log(`organisation  ${organisation.name} (${organisation.id})`);
    console.log(`key id        ${keyId}`);
    console.log(`API key       ${apiKey}`);
    console.log('The key is shown only this once.');
  });

withOrganisation(program.command('list').description('list the keys of an organisation')).action(
  async ({ org, ...deployment }: OrganisationOptions) => {
    const { keys } = await open(deployment);
    const organisation = await organisationNamed(keys, org);
    for (const { keyId, prefix, label, createdAt, revokedAt } of await keys.keysOf(organisation.id)) {
      const state = revokedAt === undefined ? 'active' : `revoked ${revokedAt}`;
      console.log([keyId, `${prefix}…`, createdAt, state, label].join('  '));
    }
  },
);

withOrganisation(program.command('revoke').description('revoke a key; it stops working within a minute'))
  .requiredOption('--key <id>', "the key's id, from list", text)
  .action(async ({ org, key, ...deployment }: OrganisationOptions & { key: string }) => {
    const { keys } = await open(deployment);
    const organisation = await organisationNamed(keys, org);
    if (!(await keys.revoke(organisation.id, key, new Date().toISOString()))) {
      throw new UserError(`${org} has no active key ${key}`);
    }
    console.log(`${key} is revoked; it stops working within a minute.`);
  });

await runProgram(program);
