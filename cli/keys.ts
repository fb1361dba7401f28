import { parseArgs } from 'node:util';
import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { issueKey } from '#shared/keys/issue-key.ts';
import { createKeyStore, type KeyStore, type Organisation } from '#shared/keys/key-store.ts';
import { findDeployment, type Outputs, UsageError } from './deployment.ts';
import { organisationNamed, runMain } from './main.ts';
import { registerUsage } from './usage-plan.ts';

const USAGE = `npm run keys -- create --org NAME [--label TEXT]   create a key, and with the first key the organisation
npm run keys -- list   --org NAME                  list the keys of an organisation
npm run keys -- revoke --org NAME --key KEY_ID     revoke a key; it stops working within a minute

  --local        the local stack (npm run stack:up)
  --stage NAME   on AWS, by AWS_PROFILE and AWS_REGION; default: production`;

const options = {
  org: { type: 'string' },
  label: { type: 'string' },
  key: { type: 'string' },
  stage: { type: 'string' },
  local: { type: 'boolean' },
} as const;

const create = async (keys: KeyStore, outputs: Outputs, name: string, label: string): Promise<void> => {
  const deps = {
    keys,
    now: Date.now,
    registerUsage: (organisation: Organisation) =>
      registerUsage(outputs[OUTPUT.usagePlanId] as string, organisation),
  };
  const { apiKey, keyId, organisation } = await issueKey(deps, name, label);
  console.log(`organisation  ${organisation.name} (${organisation.id})`);
  console.log(`key id        ${keyId}`);
  console.log(`API key       ${apiKey}`);
  console.log('The key is shown only this once.');
};

const list = async (keys: KeyStore, name: string): Promise<void> => {
  const organisation = await organisationNamed(keys, name);
  for (const { keyId, prefix, label, createdAt, revokedAt } of await keys.keysOf(organisation.id)) {
    const state = revokedAt === undefined ? 'active' : `revoked ${revokedAt}`;
    console.log([keyId, `${prefix}…`, createdAt, state, label].join('  '));
  }
};

const revoke = async (keys: KeyStore, name: string, keyId: string): Promise<void> => {
  const organisation = await organisationNamed(keys, name);
  if (!(await keys.revoke(organisation.id, keyId, new Date().toISOString()))) {
    throw new UsageError(`${name} has no active key ${keyId}`);
  }
  console.log(`${keyId} is revoked; it stops working within a minute.`);
};

const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [command] = positionals;
  if (!values.org) throw new UsageError(USAGE);
  const outputs = await findDeployment(values);
  const keys = createKeyStore(createDynamoClient(), outputs[OUTPUT.keysTable] as string);
  if (command === 'create') await create(keys, outputs, values.org, values.label ?? '');
  else if (command === 'list') await list(keys, values.org);
  else if (command === 'revoke' && values.key) await revoke(keys, values.org, values.key);
  else throw new UsageError(USAGE);
};

await runMain(main);
