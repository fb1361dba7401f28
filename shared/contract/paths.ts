/**
 * Every route of the API, by path behind the stage. Three places must agree with it, and tests see that they do: the
 * stack that makes the routes, the OpenAPI document that describes them, and the fallback that tells 405 from 404.
 * This file imports nothing.
 */
export const PATHS = {
  '/v1/events/email/batch': ['POST'],
  '/v1/events/web/batch': ['POST'],
  '/v1/contacts/location-interests/batch': ['POST'],
  '/v1/contacts/location-history/batch': ['POST'],
  '/v1/contacts/batch': ['POST'],
  '/v1/contacts': ['GET'],
  '/v1/contacts/{contactId}': ['GET'],
  '/v1/contacts/{contactId}/activity': ['GET'],
  '/v1/contacts/backfill/refresh': ['POST'],
  '/v1/contacts/backfill/refresh/{refreshId}': ['GET'],
  '/v1/segments': ['GET', 'POST'],
  '/v1/segments/{segmentId}': ['GET', 'PUT', 'DELETE'],
  '/v1/segments/{segmentId}/members': ['GET'],
  '/v1/scoring': ['GET', 'PUT'],
  '/v1/analytics/{kind}': ['GET'],
  '/v1/imports': ['GET'],
  '/v1/imports/{importId}': ['GET'],
  '/v1/openapi.json': ['GET'],
} as const satisfies Record<string, readonly ('GET' | 'POST' | 'PUT' | 'DELETE')[]>;

export type Path = keyof typeof PATHS;

/** The methods of the path; undefined where there is no such path. A fixed segment goes before a parameter. */
export const methodsOf = (path: string): readonly string[] | undefined => {
  const segments = path.replace(/\/+$/, '').split('/');
  const candidates = Object.entries(PATHS).filter(([template]) => {
    const parts = template.split('/');
    return (
      parts.length === segments.length &&
      parts.every((part, at) => (part.startsWith('{') ? segments[at] !== '' : part === segments[at]))
    );
  });
  const fixedFirst = candidates.sort(([a], [b]) => a.split('{').length - b.split('{').length);
  return fixedFirst[0]?.[1];
};
