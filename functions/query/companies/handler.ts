import { budgetOf } from '#shared/aws/retry.ts';
import { companyJson, companyMemberOf } from '#shared/companies/answer.ts';
import {
  type Company,
  CompanyMemberPositionSchema,
  CompanyPositionSchema,
  positionOfCompany,
} from '#shared/companies/company-item.ts';
import { isGroupId } from '#shared/companies/company-state.ts';
import type { CompanyStore } from '#shared/companies/company-store.ts';
import { createMembersOf, type MembersDeps } from '#shared/companies/members.ts';
import type { Handlers } from '#shared/contract/operation.ts';
import type { COMPANIES } from '#shared/contract/operations/companies.ts';
import { type ApiRequest, JsonText } from '#shared/http/api.ts';
import { notFound } from '#shared/http/api-error.ts';
import { cursorOf, limitOf, listEntry, pageOf } from '#shared/http/paging.ts';
import { pathText } from '#shared/http/path-text.ts';
import type { Clock } from '#shared/time/clock.ts';

/** The dependencies of {@link createReadCompanies}. */
export interface ReadCompaniesDeps extends MembersDeps {
  readonly companies: Pick<CompanyStore, 'get' | 'list' | 'members'>;
  readonly now: Clock;
}

/** The time limit for reading a page of members, in ms. */
const READ_MS = 5_000;

/** Reads companies: all of them, one by the sender's id, and the contacts that belong to one. */
export const createReadCompanies = (deps: ReadCompaniesDeps): Handlers<typeof COMPANIES> => {
  const { companies, now } = deps;
  const membersOf = createMembersOf(deps);

  const existing = async ({ orgId, pathParameters }: ApiRequest): Promise<Company> => {
    const groupId = pathText(pathParameters['groupId']);
    const company = isGroupId(groupId) ? await companies.get(orgId, groupId) : undefined;
    if (company === undefined) throw notFound('Company not found');
    return company;
  };

  return {
    listCompanies: async (request) => {
      const limit = limitOf(request);
      const from = cursorOf(request, CompanyPositionSchema) ?? [0, null];
      const { items, next } = await companies.list(request.orgId, limit, from);
      const entries = items.map((company) => ({
        json: companyJson(company),
        position: positionOfCompany(company.groupId),
      }));
      return { statusCode: 200, body: await pageOf(entries, next) };
    },

    readCompany: async (request) => ({
      statusCode: 200,
      body: new JsonText(companyJson(await existing(request))),
    }),

    listCompanyMembers: async (request) => {
      const limit = limitOf(request);
      const from = cursorOf(request, CompanyMemberPositionSchema) ?? [0, null];
      const { groupId } = await existing(request);
      const options = { budget: budgetOf(READ_MS, now) };
      const { items, next } = await membersOf(request.orgId, groupId, limit, from, options);
      const entries = items.map(({ contact, identityId }) =>
        listEntry(companyMemberOf(contact), positionOfCompany(identityId)),
      );
      return { statusCode: 200, body: await pageOf(entries, next) };
    },
  };
};
