import { budgetOf } from '#shared/aws/retry.ts';
import { createQueueSender, createSqsClient } from '#shared/aws/sqs.ts';
import { createCompanyStore } from '#shared/companies/company-store.ts';
import { REMOVED } from '#shared/contacts/timed.ts';
import { OUTPUT } from '#shared/deployment/names.ts';
import { identityIdOf } from '#shared/identities/contact-id.ts';
import type { Identity } from '#shared/identities/identity.ts';
import { createEveryoneStore } from '#shared/jobs/everyone-store.ts';
import { createJobStore } from '#shared/jobs/job-store.ts';
import type { PlanMessage } from '#shared/jobs/messages.ts';
import { createJobStarter } from '#shared/jobs/starter.ts';
import { createLinkStore } from '#shared/linking/link-store.ts';
import { createLinker } from '#shared/linking/linker.ts';
import { namedIdentities, type PersonMessage } from '#shared/linking/message.ts';
import { createRefreshCompanies } from '#shared/refresh/changed-companies.ts';
import { createComputeOf } from '#shared/refresh/compiled-definitions.ts';
import { createSegmentStore } from '#shared/segments/segment-store.ts';
import type { TestOrg } from './api.ts';
import { stackDynamo, tableName } from './tables.ts';

/** The time for anything. */
const MS = 20_000;

/** The companies of an organisation, written to the stack's tables as imports do. */
export const newCompanies = ({ orgId }: Pick<TestOrg, 'orgId'>) => {
  const client = stackDynamo();
  const companies = createCompanyStore(client, tableName(OUTPUT.companiesTable));
  const link = createLinker(
    createLinkStore(client, {
      identities: tableName(OUTPUT.identitiesTable),
      contacts: tableName(OUTPUT.contactsTable),
      standings: tableName(OUTPUT.standingsTable),
      members: tableName(OUTPUT.membersTable),
    }),
  );
  const options = () => ({ now: Date.now(), budget: budgetOf(MS) });
  const time = (at = Date.now()) => ({ at, nth: 0 });

  /** Creates or changes the contact of an identity. */
  const say = async (identity: Identity, said: Partial<PersonMessage>): Promise<string> => {
    const identities = namedIdentities(orgId, { [identity.namespace]: identity.value });
    const message = { identities, time: time(), attributes: new Map(), createdAt: undefined, ...said };
    const { outcomes } = await link(orgId, [message], options());
    const [outcome] = outcomes;
    if (outcome?.kind !== 'stored') throw new Error(`The contact is ${JSON.stringify(outcome)}`);
    return outcome.contactId;
  };

  /** Changes the traits of a company: JSON texts by name. */
  const change = async (
    groupId: string,
    traits: Readonly<Record<string, string>>,
    at?: number,
  ): Promise<ReadonlySet<string>> => {
    const changes = [{ groupId, traits: new Map(Object.entries(traits)), time: time(at) }];
    const { outcomes, changed } = await companies.change(orgId, changes, options());
    if (outcomes[0]?.kind !== 'stored') throw new Error(`The company is ${JSON.stringify(outcomes[0])}`);
    return changed;
  };

  return {
    say,
    change,

    /** Makes the contacts of identities members of a company, which is created. @returns the ids of the contacts */
    async join(
      groupId: string,
      members: readonly Identity[],
      traits: Readonly<Record<string, string>> = {},
    ): Promise<string[]> {
      await change(groupId, traits);
      const rows = members.map((member) => ({ groupId, identityId: identityIdOf(orgId, member) }));
      await companies.addMembers(orgId, rows, options());
      const contactIds: string[] = [];
      for (const [nth, member] of members.entries()) {
        const text = JSON.stringify(rows[nth]?.identityId);
        contactIds.push(await say(member, { companies: new Map([[groupId, text]]) }));
      }
      return contactIds;
    },

    /** Has the members of changed companies refreshed, by the deployed functions. @returns the ids of the refreshes */
    refresh: (changed: ReadonlySet<string>): Promise<readonly string[]> => {
      const jobs = tableName(OUTPUT.jobsTable);
      const planner = createQueueSender<PlanMessage>(createSqsClient(), tableName(OUTPUT.planQueueUrl));
      const segments = createSegmentStore(client, {
        definitions: tableName(OUTPUT.definitionsTable),
        members: tableName(OUTPUT.membersTable),
      });
      const refreshCompanies = createRefreshCompanies({
        starter: createJobStarter({
          jobs: createJobStore(client, jobs, Date.now),
          everyone: createEveryoneStore(client, jobs),
          planner,
          now: Date.now,
        }),
        computeOf: createComputeOf(segments, Date.now),
        now: Date.now,
      });
      return refreshCompanies(orgId, changed, budgetOf(MS));
    },

    /** Makes the contact of an identity leave a company. */
    leave: (groupId: string, member: Identity): Promise<string> =>
      say(member, { companies: new Map([[groupId, REMOVED]]) }),
  };
};
