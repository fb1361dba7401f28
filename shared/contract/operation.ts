import type * as v from 'valibot';
import type { ApiOperation, ApiRequest } from '../http/api.ts';

/**
 * The error statuses that a route may return in addition to those that follow from the other properties of its
 * operation; see `shared/contract/errors.ts`.
 */
export type OwnErrorStatus = 404 | 409;

/** A query parameter. */
export interface QueryParameter {
  readonly name: string;
  readonly description: string;
  /** @default false */
  readonly required?: boolean;
  readonly schema: v.GenericSchema;
}

/** An operation of the API: its route and its description in the OpenAPI document. */
export interface Operation {
  /** The path after the stage, with parameters in braces. */
  readonly path: `/${string}`;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly tag:
    | 'Import'
    | 'Contacts'
    | 'Companies'
    | 'Refresh'
    | 'Segments'
    | 'Analytics'
    | 'Imports'
    | 'Contract';
  readonly summary: string;
  readonly description?: string;
  /**
   * Whether the route requires no API key.
   * @default false
   */
  readonly isPublic?: boolean;
  readonly query?: readonly QueryParameter[];
  readonly request?: { readonly schema: v.GenericSchema; readonly example: unknown };
  readonly response: {
    readonly status: 200 | 201 | 202 | 204;
    readonly description: string;
    /** A list means one of several; absent if the response has no body to describe. */
    readonly schema?: v.GenericSchema | readonly v.GenericSchema[];
    readonly example?: unknown;
    /** Whether the response has the id of its receipt in the header x-import-id. */
    readonly importId?: boolean;
  };
  readonly errors: readonly OwnErrorStatus[];
}

/** Operations by their operationId. */
export type Operations = Readonly<Record<string, Operation>>;

/** The operations that one function serves. */
export interface Service<O extends Operations = Operations> {
  /**
   * The folder of the function under `functions/`, such as `define/segments`; if the folder is deployed
   * several times, followed by its role: `ingest/events email`.
   */
  readonly function: string;
  readonly operations: O;
}

/** Declares the function that serves the operations. */
export const servedBy = <const O extends Operations>(label: string, operations: O): Service<O> => ({
  function: label,
  operations,
});

/** The handlers of a service: one for each of its operations. */
export type Handlers<S extends Service> = { readonly [Id in keyof S['operations']]: ApiOperation };

/** Dispatches requests to the handlers of a service, by method and path template. */
export const serve = <const S extends Service>(service: S, handlers: Handlers<S>): ApiOperation => {
  const byRoute = new Map(
    Object.entries(service.operations).map(([id, { method, path }]) => [
      `${method} ${path}`,
      handlers[id] as ApiOperation,
    ]),
  );
  return (request: ApiRequest) => {
    const handler = byRoute.get(`${request.method} ${request.route}`);
    // The stack has a route to this function that it does not serve: a defect, not an error of the client.
    if (handler === undefined) throw new Error(`No operation for ${request.method} ${request.route}`);
    return handler(request);
  };
};
