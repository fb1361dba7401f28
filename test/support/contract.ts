import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { documentedPath, openApiDocument } from '#shared/contract/openapi.ts';
import { PATHS, templateOf } from '#shared/contract/paths.ts';

/** A JSON Schema of the document. */
type Schema = Record<string, unknown>;

/**
 * The schema with additional properties forbidden, since every field of an answer must be documented. A schema of a
 * map (`additionalProperties`) or of a combination is not changed.
 */
const closed = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, closed(value)]),
  ) as Schema;
  const isPlainObject = inner['type'] === 'object' && typeof inner['properties'] === 'object';
  return isPlainObject && !('additionalProperties' in inner)
    ? { ...inner, additionalProperties: false }
    : inner;
};

type Violation = Pick<ErrorObject, 'instancePath' | 'message'> & { params: unknown };

/**
 * Creates a function that returns the violations of a schema of the document by a value; none if the value is valid.
 * @throws Error if there is no schema, since any value would satisfy it
 */
export const validatorOf = (
  document: { readonly components?: unknown },
  schema: unknown,
  { isAnswer = false } = {},
): ((value: unknown) => Violation[]) => {
  if (typeof schema !== 'object' || schema === null)
    throw new Error('The document has no schema for this value');
  // Formats are annotations in JSON Schema 2020-12.
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  const prepare = isAnswer ? closed : (same: unknown) => same;
  const validate: ValidateFunction = ajv.compile({
    ...(prepare(schema) as Schema),
    components: prepare(document.components),
  });
  return (value) => {
    validate(value);
    return (validate.errors ?? []).map(({ instancePath, message, params }) => ({
      instancePath,
      message,
      params,
    }));
  };
};

/** The violations of a schema of the document by a value; see {@link validatorOf}. */
export const violations = (
  document: { readonly components?: unknown },
  schema: unknown,
  value: unknown,
  options?: { readonly isAnswer?: boolean },
): Violation[] => validatorOf(document, schema, options)(value);

interface Media {
  readonly schema?: unknown;
  readonly example?: unknown;
}

/** A request or response in the document. */
interface Described {
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, Media>>;
  readonly headers?: Readonly<Record<string, { readonly required?: boolean }>>;
}

/** A request or response in the document; a reference is resolved. */
const resolved = (document: unknown, described: unknown): Described => {
  const { $ref } = (described ?? {}) as Described;
  if ($ref === undefined) return (described ?? {}) as Described;
  return $ref
    .slice(2)
    .split('/')
    .reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], document) as Described;
};

/** The JSON media type of a request or response in the document; references are resolved. */
export const jsonMedia = (document: unknown, described: unknown): Media | undefined =>
  resolved(document, described).content?.['application/json'];

/** A route of the API. */
export interface Route {
  readonly method: string;
  readonly template: string;
}

const DOCUMENT = openApiDocument();

/** The parts of an operation in the OpenAPI document that tests use. */
export interface DocumentedOperation {
  readonly security?: readonly unknown[];
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly schema: { readonly type?: unknown };
  }[];
  // biome-ignore lint/suspicious/noExplicitAny: an example has any shape
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly example: any } } };
  readonly responses: Readonly<Record<string, { readonly $ref?: string; readonly content?: unknown }>>;
}

type Documented = Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;

/** The operation of a route in the OpenAPI document. @throws Error if the route is not documented */
export const documentedOperation = (
  { method, template }: Route,
  document: { readonly paths: unknown } = DOCUMENT,
) => {
  const operation = (document.paths as Documented)[documentedPath(template)]?.[method.toLowerCase()];
  if (operation === undefined) throw new Error(`${method} ${template} is not documented`);
  return operation;
};

/** How the document describes an answer; undefined if it does not. */
const descriptionOf = (
  template: string | undefined,
  method: string,
  status: number,
): Described | undefined => {
  // A path or a method that does not exist has no operation that could list these.
  const responses =
    template === undefined
      ? { 404: DOCUMENT.components.responses['Error404'], 405: DOCUMENT.components.responses['Error405'] }
      : documentedOperation({ method, template }).responses;
  const described = (responses as Record<string, unknown> | undefined)?.[status];
  return described === undefined ? undefined : resolved(DOCUMENT, described);
};

/** The parts of an answer that the document describes. */
interface SentAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: unknown;
}

/** Headers that are part of the contract. */
const OWN_HEADERS = ['Retry-After', 'Allow', 'x-import-id'];

const validators = new Map<string, ReturnType<typeof validatorOf>>();

/** What the OpenAPI document does not say about an answer: a status, a header, or a part of the body. */
export const undocumentedParts = (
  method: string,
  path: string,
  { status, headers, text, body }: SentAnswer,
): string[] => {
  const named = templateOf(path.split('?', 1)[0] as string);
  const template = named !== undefined && PATHS[named]?.includes(method) ? named : undefined;
  const described = descriptionOf(template, method, status);
  if (described === undefined) return [`the status ${status}`];
  const documented = described.headers ?? {};
  const parts = [
    ...OWN_HEADERS.filter((name) => headers.has(name) && documented[name] === undefined),
    ...Object.keys(documented).filter((name) => documented[name]?.required && !headers.has(name)),
  ].map((name) => `the header ${name}`);
  const media = jsonMedia(DOCUMENT, described);
  // The answer to HEAD is that to another method without its body.
  if (media === undefined || method === 'HEAD') return text === '' ? parts : [...parts, 'a body'];
  const key = `${status} ${method} ${template}`;
  const validate = validators.get(key) ?? validatorOf(DOCUMENT, media.schema, { isAnswer: true });
  validators.set(key, validate);
  return [...parts, ...validate(body).map((violation) => JSON.stringify(violation))];
};
