/**
 * What programs ask of their analytics clients, in terms that all clients have. Drivers receive calls as JSON, so times are ISO
 * texts.
 */
export type Call =
  | { readonly kind: 'identify'; readonly userId: string; readonly traits: Values; readonly at: string }
  | {
      readonly kind: 'track';
      readonly userId: string;
      readonly event: string;
      readonly properties: Values;
      readonly at: string;
    }
  | {
      readonly kind: 'page';
      readonly userId: string;
      readonly name: string;
      readonly properties: Values & { readonly url: string };
      readonly at: string;
    }
  | {
      readonly kind: 'group';
      readonly userId: string;
      readonly groupId: string;
      readonly traits: Values;
      readonly at: string;
    }
  | { readonly kind: 'alias'; readonly userId: string; readonly previousId: string; readonly at: string };

/** Traits or properties: JSON. */
export type Values = Readonly<Record<string, unknown>>;

/** What a driver is given: where to send, and what. */
export interface Task {
  /** The API's base, without a slash at its end. */
  readonly url: string;
  readonly key: string;
  readonly calls: readonly Call[];
}

/** What a driver reports when everything is sent or given up. */
export interface Sent {
  /** The errors that the client reported to the program, as text. */
  readonly errors: readonly string[];
}

/** Seconds since 1970, as Customer.io's Track API counts. */
export const unixSeconds = (at: string): number => Math.floor(Date.parse(at) / 1000);
