/**
 * The calls of vendors' clients that the service takes, by method and path behind the API's base. They are not operations of
 * the contract: their vendors document them, and all share one route of API Gateway, `/{proxy+}`, since clients append slashes,
 * encode ids and have several roots. Source: product specification, "Compatible endpoints".
 */

/** The calls of the Segment HTTP API, by the last part of their path. */
export const SEGMENT_CALLS = [
  'identify',
  'track',
  'page',
  'screen',
  'group',
  'alias',
  'batch',
  'import',
] as const;
/** One of {@link SEGMENT_CALLS}. */
export type SegmentCall = (typeof SEGMENT_CALLS)[number];

/** A call of a client. */
export type ClientCall =
  | { readonly api: 'segment'; readonly call: SegmentCall }
  /** `path` is what follows `/v1/`, as it was sent. */
  | { readonly api: 'track-v1'; readonly path: string }
  | { readonly api: 'track-v2'; readonly call: 'entity' | 'batch' }
  /** Customer.io's `GET /v1/accounts/region`. */
  | { readonly api: 'region' };

/** The roots of Segment-shaped calls; June's are the second and the third, the fourth is of Customer.io's backfill page. */
const SEGMENT_ROOTS = ['v1/', '', 'sdk/', 'v1/api/'];

/** Calls of Segment's that a root does not have: LeadVibe's upload is at `/import`. */
const isSegmentCall = (root: string, call: string): call is SegmentCall =>
  SEGMENT_CALLS.some((each) => each === call) && !(root === '' && call === 'import');

/** The paths of Customer.io's Track API v1, behind `/v1/`. */
const TRACK_V1 = /^(?:customers\/.+|events|merge_customers)$/;

/**
 * The path behind the API's base, without slashes at either end. With a domain of one's own the base path may be in front of it
 * once more, as clients that drop a path from their address do not know it.
 */
const trimmed = (path: string): string => path.replace(/^\/+|\/+$/g, '').replace(/^api\//, '');

/**
 * Finds the call of a request.
 * @param path - the path of the request, as it was sent: percent-encoded, with or without the base path
 * @returns undefined if it is none of a client that the service takes
 */
export const callOf = (method: string, path: string): ClientCall | undefined => {
  const rest = trimmed(path);
  if (method === 'GET') return rest === 'v1/accounts/region' ? { api: 'region' } : undefined;
  if (method === 'POST') {
    for (const root of SEGMENT_ROOTS) {
      const call = rest.startsWith(root) ? rest.slice(root.length) : '';
      if (isSegmentCall(root, call)) return { api: 'segment', call };
    }
    if (rest === 'v2/entity') return { api: 'track-v2', call: 'entity' };
    if (rest === 'v2/batch') return { api: 'track-v2', call: 'batch' };
  }
  const behind = rest.startsWith('v1/') ? rest.slice(3) : '';
  return TRACK_V1.test(behind) ? { api: 'track-v1', path: behind } : undefined;
};

/** The Segment-shaped calls, and those of Customer.io's whose path has no id, with their method: for the answer 405. */
const FIXED_PATHS: ReadonlyMap<string, string> = new Map([
  ...SEGMENT_ROOTS.flatMap((root) =>
    SEGMENT_CALLS.filter((call) => isSegmentCall(root, call)).map((call): [string, string] => [
      `${root}${call}`,
      'POST',
    ]),
  ),
  ['v1/events', 'POST'],
  ['v1/merge_customers', 'POST'],
  ['v1/accounts/region', 'GET'],
  ['v2/entity', 'POST'],
  ['v2/batch', 'POST'],
  // LeadVibe's upload, which has a route of its own.
  ['import', 'POST'],
]);

/** The method of a client's path; undefined if the path has none, or an id. */
export const clientMethodOf = (path: string): string | undefined => FIXED_PATHS.get(trimmed(path));
