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

/** A field whose presence depends on the kind; `type` stands for the field that `typeField` names. */
export type OwnField = 'type' | 'location' | 'strength';

/** The definition of a kind of events. All code that treats kinds differently reads the difference from here. */
export interface EventKind {
  /** A letter or digit that identifies the kind in sort keys, so it must never change. */
  readonly letter: string;
  readonly types: ClosedTypes | OpenTypes;
  /** The field of an entry that holds the event's type. */
  readonly typeField: string;
  /**
   * The kind's fields, which follow `contactEmail` and precede the fields that all kinds share (`occurredAt`,
   * `metadata`, `eventId`). The rules are checked in this order.
   */
  readonly fields: readonly OwnField[];
  /** The score that its events contribute to; `none` for a kind that only timelines, charts and segments use. */
  readonly score: 'engagement' | 'locationInterest' | 'none';
  /** The endpoint that imports a batch of them. */
  readonly batch: {
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
export const isClosed = (types: ClosedTypes | OpenTypes): types is ClosedTypes => 'weights' in types;
