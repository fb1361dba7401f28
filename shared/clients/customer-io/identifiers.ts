import * as v from 'valibot';
import type { Namespace } from '../../identities/identity.ts';
import { IdentitySchema } from '../../identities/identity-schemas.ts';
import type { HistoryMessage } from '../../imports/history-message.ts';
import { type Checked, rejected, valid } from '../checked.ts';
import { fieldsOf, textOf } from '../sent-value.ts';

/**
 * The namespaces of the names that Customer.io gives to a person, by the names of their fields. Source: Customer.io
 * documentation, "Track API".
 */
const NAMESPACE_OF = {
  id: 'userId',
  email: 'email',
  phone: 'phone',
  cio_id: 'cioId',
  anonymous_id: 'anonymousId',
} as const satisfies Readonly<Record<string, Namespace>>;

/** A field that names a person. */
export type Identifier = keyof typeof NAMESPACE_OF;

/** All fields that name a person. */
export const IDENTIFIERS = Object.keys(NAMESPACE_OF) as readonly Identifier[];

/** The fields that name the persons of a merge. */
export const MERGE_IDENTIFIERS: readonly Identifier[] = ['id', 'email', 'cio_id'];

/** The name of a person. */
export interface PersonName {
  readonly namespace: Namespace;
  /** A valid value, as it is shown. */
  readonly shown: string;
}

/** The names of one person. */
export type Names = HistoryMessage['names'];

/** Made once, as every message is validated by them. Their messages name no field of a client. */
const SCHEMAS = Object.fromEntries(
  IDENTIFIERS.map((identifier) => [identifier, IdentitySchema(NAMESPACE_OF[identifier])]),
) as Readonly<Record<Identifier, ReturnType<typeof IdentitySchema>>>;

/** The name in a field; undefined if it is invalid. Programs in languages without types also send numbers. */
export const validName = (identifier: Identifier, value: unknown): PersonName | undefined => {
  const result = v.safeParse(SCHEMAS[identifier], textOf(value) ?? value);
  return result.success ? { namespace: NAMESPACE_OF[identifier], shown: result.output } : undefined;
};

/**
 * Validates a value of a field that names a person.
 * @param field - the field as the client names it
 */
export const nameOf = (identifier: Identifier, value: unknown, field: string): Checked<PersonName> => {
  const name = validName(identifier, value);
  if (name !== undefined) return valid(name);
  // The same rules once more, which make the reason.
  const rules = IdentitySchema(NAMESPACE_OF[identifier], field);
  const [issue] = v.safeParse(rules, textOf(value) ?? value).issues ?? [];
  return rejected(field, issue?.message ?? `${field} is invalid`);
};

/**
 * Validates an object that names a person by exactly one identifier; null and an empty text are none.
 * @param field - the object as the client names it
 */
export const personOf = (
  sent: unknown,
  field: string,
  allowed: readonly Identifier[] = IDENTIFIERS,
): Checked<PersonName> => {
  const identifiers = fieldsOf(sent) ?? {};
  const [identifier, ...others] = IDENTIFIERS.filter((name) => (identifiers[name] ?? '') !== '');
  if (identifier === undefined || others.length > 0 || !allowed.includes(identifier)) {
    return rejected(field, `${field} must have exactly one of ${allowed.join(', ')}`);
  }
  return nameOf(identifier, identifiers[identifier], `${field}.${identifier}`);
};

/** A person's only name. */
export const onlyName = ({ namespace, shown }: PersonName): Names => ({ [namespace]: shown });
