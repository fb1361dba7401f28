import { methodsOf, pathOf } from '#shared/contract/paths.ts';
import type { ApiOperation } from '#shared/http/api.ts';
import { ApiError, notFound } from '#shared/http/api-error.ts';

/** Answers requests that match no route: 405 with the supported methods, or 404. */
export const createFallback =
  (): ApiOperation =>
  async ({ method, route, pathParameters }) => {
    const methods = methodsOf(pathOf(route, pathParameters));
    if (methods === undefined || methods.includes(method)) throw notFound('Path not found');
    throw new ApiError(405, 'method_not_allowed', `This path supports ${methods.join(', ')}`, {
      headers: { allow: methods.join(', ') },
    });
  };
