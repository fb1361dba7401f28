/** What the path of a request of version 1 names. */
export interface V1Path {
  /** The path with its ids left out, such as `customers/{id}/events`. */
  readonly route: string;
  /** The customer's identifier, decoded; empty if the path has none. */
  readonly id: string;
  /** The device's token, decoded; empty if the path has none. */
  readonly token: string;
}

/** Decodes a part of a path, in which `+` stands for itself. A malformed escape is taken literally. */
const decoded = (part: string): string =>
  part
    .split('/')
    .map((segment) => {
      try {
        return decodeURIComponent(segment);
      } catch {
        return segment;
      }
    })
    .join('/');

const pathOf = (route: string, id = '', token = ''): V1Path => ({
  route,
  id: decoded(id),
  token: decoded(token),
});

/**
 * Takes apart what follows `/v1/` in the path of a request; a slash at its end is ignored. A gateway may have decoded `%2F`
 * already, so identifiers and tokens may contain slashes: an identifier reaches to the last place from which what follows is
 * known, or to the end.
 *
 * @returns undefined if the Track API has no such path
 */
export const parseV1Path = (path: string): V1Path | undefined => {
  const trimmed = path.replace(/\/+$/, '');
  if (trimmed === 'events' || trimmed === 'merge_customers') return pathOf(trimmed);
  const [, customer] = /^customers\/(.+)$/s.exec(trimmed) ?? [];
  if (customer === undefined) return undefined;
  const [, owner, part] = /^(.*)\/(events|devices|suppress|unsuppress)$/s.exec(customer) ?? [];
  if (part !== undefined) return pathOf(`customers/{id}/${part}`, owner);
  const [, holder, token] = /^(.*)\/devices\/(.+)$/s.exec(customer) ?? [];
  return token === undefined
    ? pathOf('customers/{id}', customer)
    : pathOf('customers/{id}/devices/{token}', holder, token);
};
