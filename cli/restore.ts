import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { OUTPUT, type Table } from '#shared/deployment/names.ts';
import { type DeploymentOptions, findDeployment, withDeployment } from './deployment.ts';
import { createProgram, runProgram } from './main.ts';
import { momentOf, type Restorable, restoredName, tablesOf } from './restore-request.ts';
import { type Restored, restoreTable } from './restored-table.ts';
import { UserError } from './user-error.ts';

const program = createProgram(
  'npm run restore',
  `Restore tables to a moment, beside the ones in use: nothing that is in use changes. It takes minutes to hours, and prints how to
put the restored tables behind the stack ("Restoring tables" in docs/runbook.md). If it is interrupted, run it again: it continues.`,
  [
    'npm run restore -- --tables Events --at 2026-03-01T10:00:00Z',
    'npm run restore -- --tables Contacts,Companies,Identities,Standings,Members --at 2026-03-01T10:00:00Z --stage trial',
  ],
);

/** The names of the tables in use. */
const IN_USE: Readonly<Record<Restorable, (typeof OUTPUT)[keyof typeof OUTPUT]>> = {
  Events: OUTPUT.eventsTable,
  Identities: OUTPUT.identitiesTable,
  Contacts: OUTPUT.contactsTable,
  Companies: OUTPUT.companiesTable,
  Standings: OUTPUT.standingsTable,
  Imports: OUTPUT.importsTable,
  Definitions: OUTPUT.definitionsTable,
  Members: OUTPUT.membersTable,
  Keys: OUTPUT.keysTable,
};

interface RestoreOptions extends DeploymentOptions {
  readonly tables: readonly Restorable[];
  readonly at: Date;
}

withDeployment(
  program
    .requiredOption('--tables <names>', 'the tables, separated by commas', tablesOf)
    .requiredOption('--at <time>', 'the moment, in UTC', momentOf),
).action(async ({ tables, at, ...deployment }: RestoreOptions) => {
  const stage = deployment.local ? 'local' : deployment.stage;
  const output = await findDeployment(deployment);
  const client = createDynamoClient();

  const restore = async (table: Restorable): Promise<readonly [Table, Restored]> => {
    const request = { source: output(IN_USE[table]), target: restoredName(stage, table, at), at };
    const onProgress = (step: string) => console.log(`${table.padEnd(11)} ${request.target}  ${step}`);
    return [table, await restoreTable(client, request, { onProgress })];
  };
  const ended = await Promise.allSettled(tables.map(restore));
  const failed = ended.flatMap((end, at) =>
    end.status === 'rejected' ? [`${tables[at]}: ${end.reason.message}`] : [],
  );
  if (failed.length > 0) {
    throw new UserError(
      `${failed.join('\n')}\nThe tables in use are unchanged. Run the command again to continue.`,
    );
  }
  const restored = ended.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
  // Only the stream of events has consumers.
  const setting = restored.map(([table, { name, streamArn }]) => [
    table,
    table === 'Events' ? { name, streamArn } : { name },
  ]);
  console.log(`
The restored tables are ready; nothing uses them yet. Set this in context.stages.${stage} of cdk.json, deploy, and
continue with "Restoring tables" in docs/runbook.md:

"restoredTables": ${JSON.stringify(Object.fromEntries(setting), null, 2)}`);
});

await runProgram(program);
