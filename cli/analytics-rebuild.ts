import { parseArgs } from 'node:util';
import { rebuildAnalytics } from '#shared/analytics/rebuild.ts';
import { createRebuildStore } from '#shared/analytics/rebuild-store.ts';
import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { createEventReader } from '#shared/events/event-store.ts';
import { createIdentityStore } from '#shared/identities/identity-store.ts';
import { createKeyStore } from '#shared/keys/key-store.ts';
import { findDeployment, UsageError } from './deployment.ts';

const USAGE = `npm run analytics:rebuild -- --org NAME   count an organisation's events anew, from the events themselves

  --local        the local stack (npm run stack:up)
  --stage NAME   on AWS, by AWS_PROFILE and AWS_REGION; production unless said

Imports go on meanwhile, and charts show the counts from before until it is done. Where it is broken off, nothing has
changed: run it again.`;

const options = {
  org: { type: 'string' },
  stage: { type: 'string' },
  local: { type: 'boolean' },
} as const;

const main = async (): Promise<void> => {
  const { values } = parseArgs({ options });
  if (!values.org) throw new UsageError(USAGE);
  const outputs = await findDeployment(values);
  const client = createDynamoClient();
  const table = (name: (typeof OUTPUT)[keyof typeof OUTPUT]) => outputs[name] as string;
  const organisation = await createKeyStore(client, table(OUTPUT.keysTable)).organisation(values.org);
  if (organisation === undefined) throw new UsageError(`There is no organisation "${values.org}"`);
  const deps = {
    contacts: createIdentityStore(client, table(OUTPUT.identitiesTable)),
    events: createEventReader(client, table(OUTPUT.eventsTable)),
    rebuilds: createRebuildStore(client, table(OUTPUT.rollupsTable), Date.now),
    now: Date.now,
    onProgress: (contacts: number) => console.log(`${contacts} contacts …`),
  };
  console.log(`Counting the events of ${organisation.name} (${organisation.id}) …`);
  const { generation, contacts, events } = await rebuildAnalytics(deps, organisation.id);
  console.log(
    `${events} events of ${contacts} contacts are counted anew; generation ${generation} is current.`,
  );
};

try {
  await main();
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error);
  process.exitCode = 1;
}
