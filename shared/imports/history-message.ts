import type { HistoryEvent } from '../events/kinds.ts';
import type { Namespace } from '../identities/identity.ts';

/** What a message says about a company and the person whom it names. */
export interface CompanyChange {
  /** The sender's id of the company. */
  readonly groupId: string;
  /** Changed traits of the company: JSON texts by name; `null` removes one. */
  readonly traits: ReadonlyMap<string, string>;
  /** Whether the person belongs to the company from then on; undefined if the message does not say, or names nobody. */
  readonly isMember: boolean | undefined;
}

/** An explicit statement that an identity belongs to the person, whomever it belonged to before. */
export interface Absorbed {
  readonly namespace: Namespace;
  /** A valid value, as it is shown. */
  readonly shown: string;
}

/**
 * A message of history, in the terms of this service: what transports translate the messages of clients into. It is about one
 * person, or about a company alone.
 */
export interface HistoryMessage {
  /** The sender's id of the message, of 1 to 128 characters: the eventId of its event. Without it, an event is identified by all its fields. */
  readonly id: string | undefined;
  /** The person's identities: valid values as they are shown, by namespace. Empty only for a message about a company alone. */
  readonly names: Readonly<Partial<Record<Namespace, string>>>;
  /** When what it says was true, ms since 1970. */
  readonly at: number;
  /** Its position among messages of the same moment, which take precedence over earlier ones. @default 0 */
  readonly nth?: number;
  /**
   * Whether the message has no time of its own: then `at` is the moment of its arrival. If it has an id, that of its first arrival
   * counts, since clients send a message again that was not acknowledged. @default false
   */
  readonly isUndated?: boolean;
  /** Changed attributes: JSON texts by name; `null` removes one. @default - none */
  readonly attributes?: ReadonlyMap<string, string>;
  /** When the person's contact was created elsewhere, ms since 1970. @default - unknown */
  readonly createdAt?: number;
  /** What happened; it is stored in the history of the strongest identity. @default - nothing */
  readonly event?: Pick<HistoryEvent, 'kind' | 'type' | 'metadata' | 'canonicalMetadata'>;
  /** @default - nothing about a company */
  readonly company?: CompanyChange;
  /** Devices by token: JSON texts; `null` removes one. @default - none */
  readonly devices?: ReadonlyMap<string, string>;
  /** Identities whose contacts become one with the person's, whatever the rules for messages say. @default - none */
  readonly absorbed?: readonly Absorbed[];
  /** Whether the message is skipped if the person has no contact. @default false */
  readonly mustExist?: boolean;
}

/** The result of translating a message of a client. */
export type Translation =
  | { readonly kind: 'message'; readonly message: HistoryMessage }
  /** The message breaks a rule. */
  | {
      readonly kind: 'rejected';
      /** The field that breaks the rule, as the client names it, such as `event` or `traits.email`; undefined if none does. */
      readonly field: string | undefined;
      /** The rule in words; it names the field. */
      readonly reason: string;
    };
