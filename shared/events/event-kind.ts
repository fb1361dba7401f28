/** The types of a kind whose events can only be of certain ones. */
export interface ClosedTypes {
  /** By type, what an event of it weighs in a score unless the organisation says otherwise. */
  readonly weights: Readonly<Record<string, number>>;
}

/** The types of a kind that takes whatever its sender calls them, within a pattern. */
export interface OpenTypes {
  /** What a type must look like, and the same in words: `… must be a snake_case word of …`. */
  readonly pattern: RegExp;
  readonly rule: string;
  readonly maxLength: number;
  /** What an event weighs in a score unless the organisation says otherwise. */
  readonly weight: number;
}

/** A field that entries of some kinds have: the one that holds the type, and others by their names. */
export type OwnField = 'type' | 'location' | 'strength';

/** What the service has to know of a kind of events. Everything that treats kinds differently reads it from here. */
export interface EventKind {
  /** In the sort key of the kind's events, so it never changes; a letter or a digit. */
  readonly letter: string;
  readonly types: ClosedTypes | OpenTypes;
  /** The field of an entry that holds the event's type. */
  readonly typeField: string;
  /**
   * The fields between `contactEmail` and those that end every entry (`occurredAt`, `metadata`, `eventId`). The rules are
   * tried in this order.
   */
  readonly fields: readonly OwnField[];
  /** The score to which its events add; `none` for a kind that only stands in timelines, charts and segments. */
  readonly score: 'engagement' | 'locationInterest' | 'none';
  /** The endpoint that imports a batch of them. */
  readonly batch: {
    /** Behind `/api/v1/`, without `/batch`; receipts and metrics name it too. */
    readonly endpoint: string;
    readonly operationId: string;
    /** The name of the array in the body. */
    readonly field: string;
    /** The most entries of one request. */
    readonly limit: number;
    /** The entries in words, and an example of them, for the contract. */
    readonly what: string;
    readonly examples: readonly object[];
  };
}

/** Whether a kind's types are a closed list. */
export const isClosed = (types: ClosedTypes | OpenTypes): types is ClosedTypes => 'weights' in types;
