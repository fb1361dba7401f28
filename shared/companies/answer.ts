import * as v from 'valibot';
import type { Contact } from '../contacts/contact-item.ts';
import { objectText } from '../json/lossless-json.ts';
import type { Company } from './company-item.ts';

const moment = v.pipe(v.string(), v.isoTimestamp());

/** A company as the API returns it. */
export const CompanySchema = v.object({
  groupId: v.pipe(v.string(), v.description('The sender’s id of the company')),
  createdAt: v.pipe(moment, v.description('When it was first imported')),
  updatedAt: moment,
  traits: v.pipe(v.record(v.string(), v.unknown()), v.description('As they were sent')),
});

/** A company as JSON text; its traits are returned as they were sent. */
export const companyJson = ({ traits, ...company }: Company): string => {
  const fields: Omit<v.InferOutput<typeof CompanySchema>, 'traits'> = company;
  return `${JSON.stringify(fields).slice(0, -1)},"traits":${objectText(traits)}}`;
};

/** A member of a company as the API returns it. */
export const CompanyMemberSchema = v.object({
  contactId: v.string(),
  email: v.optional(
    v.pipe(v.string(), v.description('The address that was sent last; absent if none is known')),
  ),
  externalId: v.optional(v.pipe(v.string(), v.description('The user id that was sent last'))),
});

/** A member of a company as the API returns it. */
export const companyMemberOf = ({
  contactId,
  email,
  externalId,
}: Contact): v.InferOutput<typeof CompanyMemberSchema> => ({ contactId, email, externalId });
