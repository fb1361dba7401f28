import { MAX_LEAD_MS } from '../../time/instant.ts';
import { eventOf, isEmpty, textsOf } from '../attributes.ts';
import { valid } from '../checked.ts';
import type { Fields } from '../sent-value.ts';
import { parseVendorTime } from '../vendor-time.ts';
import { companyOfContext } from './company.ts';
import type { Reader } from './said.ts';
import { traitsOf } from './traits.ts';

/** The traits that say when the person was created elsewhere: Segment's reserved trait, and Customer.io's. */
const CREATED_AT_TRAITS = ['createdAt', 'created_at'] as const;

/** The first of the traits that is such a moment. As any trait, it may be something else, which does not refuse the message. */
const createdAtOf = (traits: Fields, receivedAt: number): number | undefined =>
  CREATED_AT_TRAITS.map((name) => parseVendorTime(traits[name])).find(
    (at) => at !== undefined && at <= receivedAt + MAX_LEAD_MS,
  );

/**
 * Reads an `identify`: its traits become attributes, and an event that tells of the change. RudderStack's clients send the
 * traits in `context.traits`, some of them there only. Sources: Segment documentation, "Spec: Identify"; RudderStack
 * documentation, "Identify"; product specification, "Attributes in true order".
 */
export const readIdentify: Reader = (message, { context, receivedAt }) => {
  const traits = traitsOf({
    'context.traits': context['traits'],
    traits: message['traits'],
  });
  if (traits.kind === 'rejected') return traits;
  const company = companyOfContext(context);
  if (company.kind === 'rejected') return company;
  const createdAt = createdAtOf(traits.value, receivedAt);
  return valid({
    ...(!isEmpty(traits.value) && {
      attributes: textsOf(traits.value),
      event: eventOf('profile', 'updated', traits.value),
    }),
    ...(createdAt !== undefined && { createdAt }),
    ...(company.value !== undefined && { company: company.value }),
  });
};
