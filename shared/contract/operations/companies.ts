import { CompanyMemberSchema, CompanySchema } from '../../companies/answer.ts';
import { pageOf } from '../answers.ts';
import * as examples from '../examples.ts';
import { servedBy } from '../operation.ts';
import { LIST_QUERY } from '../parameters.ts';

/** Reading companies and their members. */
export const COMPANIES = servedBy('query/companies', {
  listCompanies: {
    path: '/v1/companies',
    method: 'GET',
    tag: 'Companies',
    summary: 'List companies, in an arbitrary but stable order',
    query: LIST_QUERY,
    response: {
      status: 200,
      description: 'A page of companies',
      schema: pageOf(CompanySchema),
      example: { items: [examples.COMPANY], nextCursor: null },
    },
    errors: [],
  },
  readCompany: {
    path: '/v1/companies/{groupId}',
    method: 'GET',
    tag: 'Companies',
    summary: 'Read a company with its traits',
    response: { status: 200, description: 'The company', schema: CompanySchema, example: examples.COMPANY },
    errors: [404],
  },
  listCompanyMembers: {
    path: '/v1/companies/{groupId}/members',
    method: 'GET',
    tag: 'Companies',
    summary: 'List the contacts that belong to a company',
    description:
      'Contacts that have left the company are found only when a page is read: a page may be short, or empty, although others follow.',
    query: LIST_QUERY,
    response: {
      status: 200,
      description: 'A page of members',
      schema: pageOf(CompanyMemberSchema),
      example: { items: [examples.COMPANY_MEMBER], nextCursor: null },
    },
    errors: [404],
  },
});
