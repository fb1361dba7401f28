import { OPERATIONS } from './operations.ts';

/** The methods of every path of the API, by the path's template. */
export const PATHS: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  [...Map.groupBy(OPERATIONS, ({ path }) => path)].map(([path, operations]) => [
    path,
    operations.map(({ method }) => method),
  ]),
);

const isParameter = (segment: string): boolean => segment.startsWith('{');

/** Whether a path, or another template, has the form of a template. */
const matches = (template: string, path: string): boolean => {
  const [parts, segments] = [template.split('/'), path.split('/')];
  return (
    parts.length === segments.length &&
    parts.every((part, at) => (isParameter(part) ? segments[at] !== '' : part === segments[at]))
  );
};

/**
 * The template of a path; undefined if the path does not exist. A fixed segment takes precedence over a parameter.
 */
export const templateOf = (path: string): string | undefined => {
  const candidates = Object.keys(PATHS).filter((template) => matches(template, path.replace(/\/+$/, '')));
  return candidates.sort((a, b) => a.split('{').length - b.split('{').length)[0];
};

/** The methods of a path; undefined if the path does not exist. */
export const methodsOf = (path: string): readonly string[] | undefined => {
  const template = templateOf(path);
  return template === undefined ? undefined : PATHS[template];
};

/**
 * The path of a request, without the base path of a custom domain, which the `path` of API Gateway's event includes.
 *
 * @param route - the resource that API Gateway matched, such as `/v1/segments/{segmentId}` or `/{proxy+}`
 */
export const pathOf = (route: string, parameters: Readonly<Record<string, string | undefined>>): string =>
  route.replace(/\{(\w+)\+?\}/g, (_whole, name: string) => parameters[name] ?? '');

/** A route that no operation has. */
export interface MisroutedRequest {
  readonly path: string;
  readonly method: string;
}

/**
 * The requests that API Gateway would pass to the wrong operation: `GET /v1/contacts/batch` would read the contact "batch".
 * If a fixed path lacks the method, API Gateway uses a path that has a parameter in its place and that method. This was
 * measured on AWS, but is documented only as "a method request against a specific resource takes precedence" (API Gateway
 * Developer Guide, "Set up a method request", "Set up API resources").
 */
export const MISROUTED: readonly MisroutedRequest[] = Object.entries(PATHS).flatMap(([path, methods]) => {
  const matching = OPERATIONS.filter((other) => matches(other.path, path)).map(({ method }) => method);
  return [...new Set(matching)]
    .filter((method) => !methods.includes(method))
    .map((method) => ({ path, method }));
});
