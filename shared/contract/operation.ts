import type * as v from 'valibot';
import type { ApiOperation, ApiRequest } from '../http/api.ts';

/** The whole-request errors that a route may answer, beside those that every route may. */
export type ErrorStatus = 400 | 404 | 409 | 413 | 415 | 503;

/** A query parameter. */
export interface QueryParameter {
  readonly name: string;
  readonly description: string;
  readonly required?: boolean;
  readonly schema: object;
}

/** One operation of the API: its route, and what the OpenAPI document says of it. */
export interface Operation {
  /** Behind the stage, with parameters in braces. */
  readonly path: `/${string}`;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
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

/** Operations by their operationId. */
export type Operations = Readonly<Record<string, Operation>>;

/** The operations that one function serves. */
export interface Service<O extends Operations = Operations> {
  /**
   * The function's folder under `functions/`, such as `define/segments`; of a folder that is deployed several times, and
   * what tells this function from the others: `ingest/events email`.
   */
  readonly function: string;
  readonly operations: O;
}

/** Names the function that serves the operations. */
export const servedBy = <const O extends Operations>(label: string, operations: O): Service<O> => ({
  function: label,
  operations,
});

/** What a function has to do for its service: exactly the operations that are listed for it. */
export type Handlers<S extends Service> = { readonly [Id in keyof S['operations']]: ApiOperation };

/** The one operation that a request is for, by its method and the template of its path. */
export const serve = <const S extends Service>(service: S, handlers: Handlers<S>): ApiOperation => {
  const byRoute = new Map(
    Object.entries(service.operations).map(([id, { method, path }]) => [
      `${method} ${path}`,
      handlers[id] as ApiOperation,
    ]),
  );
  return (request: ApiRequest) => {
    const handler = byRoute.get(`${request.method} ${request.route}`);
    // The stack made a route to this function that it does not know: nobody's request can be at fault.
    if (handler === undefined) throw new Error(`No operation for ${request.method} ${request.route}`);
    return handler(request);
  };
};

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
