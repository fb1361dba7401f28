import * as v from 'valibot';
import type { ApiRequest } from '#shared/http/api.ts';
import { badRequest } from '#shared/http/api-error.ts';
import { leadingPlusHint, plusHint } from '#shared/http/query-text.ts';
import { type Identity, NAMESPACES, type Namespace } from '#shared/identities/identity.ts';
import { IdentitySchema, identityValue } from '#shared/identities/identity-schemas.ts';

/** Plus signs mean spaces in a query: they are part of many addresses, and the beginning of every phone number. */
const HINTS: Partial<Readonly<Record<Namespace, (text: string) => string>>> = {
  email: plusHint,
  phone: leadingPlusHint,
};

/**
 * The identity by which a query requests a contact, as in `?userId=u-1`; undefined if it names none.
 * @throws ApiError 400 if it names several, or the value is invalid
 */
export const identityOf = ({ query }: Pick<ApiRequest, 'query'>): Identity | undefined => {
  const given = NAMESPACES.filter((name) => query[name] !== undefined);
  if (given.length > 1) throw badRequest(`Give only one of ${given.join(', ')}`);
  const [namespace] = given;
  if (namespace === undefined) return undefined;
  const text = query[namespace] ?? '';
  const value = v.safeParse(IdentitySchema(namespace), text);
  if (!value.success) throw badRequest(`${value.issues[0].message}${HINTS[namespace]?.(text) ?? ''}`);
  return { namespace, value: identityValue(namespace, value.output) };
};
