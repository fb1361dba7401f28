import type { FieldName } from '../contacts/contact-state.ts';
import { type ChangeTime, changedAt, type TimedValues } from '../contacts/timed.ts';
import { identityIdOf } from '../identities/contact-id.ts';
import { byStrength, type Identity, type Namespace } from '../identities/identity.ts';
import { identityValue } from '../identities/identity-schemas.ts';

/** An identity as a message names it. */
export interface NamedIdentity extends Identity {
  /** The identity's id. */
  readonly id: string;
  /** The value as it is shown; it differs from `value` in the case of an address. */
  readonly shown: string;
}

/** A message about a person: all of its identities are names of that person. */
export interface PersonMessage {
  /** At least one, at most one of each namespace, strongest first. */
  readonly identities: readonly [NamedIdentity, ...NamedIdentity[]];
  /** When what it says was true. */
  readonly time: ChangeTime;
  /** Changed attributes: JSON texts by name. */
  readonly attributes: ReadonlyMap<string, string>;
  /**
   * Companies that the person has joined or left, by their ids: the JSON text of the id of the identity by which the person
   * is listed there, or `null`. @default - none
   */
  readonly companies?: ReadonlyMap<string, string>;
  /** Changed devices: JSON texts by token; `null` removes one. @default - none */
  readonly devices?: ReadonlyMap<string, string>;
  /** When the person's contact was created elsewhere, ms since 1970. */
  readonly createdAt: number | undefined;
}

/**
 * The identities of a message, strongest first.
 * @param shown - valid values by namespace, at least one
 */
export const namedIdentities = (
  orgId: string,
  shown: Readonly<Partial<Record<Namespace, string | undefined>>>,
): PersonMessage['identities'] => {
  const named = Object.entries(shown).flatMap(([name, text]): NamedIdentity[] => {
    if (text === undefined) return [];
    const namespace = name as Namespace;
    const value = identityValue(namespace, text);
    return [{ namespace, value, shown: text, id: identityIdOf(orgId, { namespace, value }) }];
  });
  const [strongest, ...others] = named.sort(byStrength);
  if (strongest === undefined) throw new Error('A message must name an identity');
  return [strongest, ...others];
};

/** The fields of contacts that show identities. */
const FIELD_OF: Partial<Record<Namespace, FieldName>> = { email: 'email', userId: 'externalId' };

/**
 * The fields of a contact that a message changes.
 * @param linked - those of its identities that belong to the contact
 */
export const changedFields = (
  { time, createdAt }: PersonMessage,
  linked: readonly NamedIdentity[],
): TimedValues => {
  const fields: [FieldName, string][] = linked.flatMap(({ namespace, shown }) => {
    const field = FIELD_OF[namespace];
    return field === undefined ? [] : [[field, shown]];
  });
  if (createdAt !== undefined) fields.push(['createdAt', new Date(createdAt).toISOString()]);
  return changedAt(fields, time);
};
