import type * as v from 'valibot';
import type { Path } from './paths.ts';

/** The whole-request errors that a route may answer, beside those that every route may. */
export type ErrorStatus = 400 | 404 | 409 | 413 | 415 | 503;

/** A query parameter. */
export interface QueryParameter {
  readonly name: string;
  readonly description: string;
  readonly required?: boolean;
  readonly schema: object;
}

/** What the OpenAPI document says of one route. */
export interface Operation {
  readonly path: Path;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly operationId: string;
  readonly tag: 'Import' | 'Contacts' | 'Refresh' | 'Segments' | 'Analytics' | 'Imports' | 'Contract';
  readonly summary: string;
  readonly description?: string;
  /** Routes without a key are few. @default false */
  readonly isPublic?: boolean;
  readonly query?: readonly QueryParameter[];
  readonly request?: { readonly schema: v.GenericSchema; readonly example: unknown };
  readonly response: {
    readonly status: 200 | 201 | 202 | 204;
    readonly description: string;
    /** One of several where they are a list; absent where the answer has no body of ours to describe. */
    readonly schema?: v.GenericSchema | readonly v.GenericSchema[];
    readonly example?: unknown;
    /** Whether the answer names its receipt in the header x-import-id. */
    readonly importId?: boolean;
  };
  readonly errors: readonly ErrorStatus[];
}

/** The parameters of every list. */
export const LIST_QUERY: readonly QueryParameter[] = [
  {
    name: 'limit',
    description: 'The most entries of a page',
    schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
  },
  {
    name: 'cursor',
    description: 'The nextCursor of the page before; opaque',
    schema: { type: 'string' },
  },
];
