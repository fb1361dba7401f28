/** The types of a kind that has a closed list of them. */
export interface ClosedTypes {
  /** The default weight of an event in a score, by type. */
  readonly weights: Readonly<Record<string, number>>;
}

/** The types of a kind whose senders choose them, within a pattern. */
export interface OpenTypes {
  /** The pattern that types must match. */
  readonly pattern: RegExp;
  /** The pattern and the length in words, to follow the field's name: `… must be a snake_case word of …`. */
  readonly rule: string;
  /** The maximum length of a type, in UTF-16 code units. */
  readonly maxLength: number;
  /** The default weight of an event in a score. */
  readonly weight: number;
}

/** The types of a kind whose senders choose any name: their number has no bound. */
export interface NamedTypes {
  /** The maximum length of a name, in characters (code points); the minimum is 1. */
  readonly maxCharacters: number;
  /** The length in words, to follow the field's name: `… must be a string of …`. */
  readonly rule: string;
  /** The default weight of an event in a score. */
  readonly weight: number;
}

/** The types of a kind, in one of three forms. */
export type Types = ClosedTypes | OpenTypes | NamedTypes;

/** A field whose presence depends on the kind; `type` stands for the field that `typeField` names. */
export type OwnField = 'type' | 'location' | 'strength';

/** The definition of a kind of events. All code that treats kinds differently reads the difference from here. */
export interface EventKind {
  /** A letter or digit that identifies the kind in sort keys, so it must never change. */
  readonly letter: string;
  readonly types: Types;
  /** The field of an entry that holds the event's type. */
  readonly typeField: string;
  /**
   * The kind's fields, which follow the one that names the contact and precede the fields that all kinds share (`occurredAt`,
   * `metadata`, `eventId`). The rules are checked in this order.
   */
  readonly fields: readonly OwnField[];
  /** The score that its events contribute to; `none` for a kind that only timelines, charts and segments use. */
  readonly score: 'engagement' | 'locationInterest' | 'none';
  /**
   * Whether its events are something that the contact did. Only these are charted, and only these count for
   * `lastActivityAt`; the others stand in timelines, and in segments that ask for them.
   */
  readonly isActivity: boolean;
  /** The endpoint that imports a batch of them. @default - none: the service itself writes them */
  readonly batch?: {
    /** The path after `/api/v1/`, without `/batch`. Receipts and metrics use the same name. */
    readonly endpoint: string;
    readonly operationId: string;
    /** The name of the array in the body. */
    readonly field: string;
    /** The maximum number of entries of a request. */
    readonly limit: number;
    /** The plural noun for the entries in the contract. */
    readonly label: string;
    /** Example entries in the contract. */
    readonly examples: readonly object[];
  };
}

/** Whether a kind's types are a closed list. */
export const isClosed = (types: Types): types is ClosedTypes => 'weights' in types;

/** Whether a kind's types are names of the senders' own, of which there may be any number. */
export const isNamed = (types: Types): types is NamedTypes => 'maxCharacters' in types;
