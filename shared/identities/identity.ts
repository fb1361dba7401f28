import { emailKey } from './email.ts';

/**
 * The namespaces of identities, strongest first: if the identities of a message belong to contacts that must not become
 * one, the message counts for the contact of its strongest identity.
 */
export const NAMESPACES = ['userId', 'email', 'phone', 'social', 'leadId', 'cioId', 'anonymousId'] as const;

/** One of {@link NAMESPACES}. */
export type Namespace = (typeof NAMESPACES)[number];

/** A name by which a contact is known. */
export interface Identity {
  readonly namespace: Namespace;
  /** The value as `identityValue` normalizes it: two values name the same identity only if they are equal. */
  readonly value: string;
}

/** The maximum number of identities of a contact. Source: product specification, "Identities". */
export const MAX_IDENTITIES = 100;

/** The namespace of an address, and its normalized form. */
export const emailIdentity = (email: string): Identity => ({ namespace: 'email', value: emailKey(email) });

/** Compares identities by strength, strongest first. */
export const byStrength = (a: Identity, b: Identity): number =>
  NAMESPACES.indexOf(a.namespace) - NAMESPACES.indexOf(b.namespace);
