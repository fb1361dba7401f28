import { methodsOf } from '#shared/contract/paths.ts';
import type { ApiOperation } from '#shared/http/api.ts';
import { ApiError, notFound } from '#shared/http/api-error.ts';

/** Everything that no route takes: 405 with the methods that there are, or 404. */
export const createFallback =
  (): ApiOperation =>
  async ({ method, path }) => {
    const methods = methodsOf(path);
    if (methods === undefined || methods.includes(method)) throw notFound('There is no such path');
    throw new ApiError(405, 'method_not_allowed', `This path takes ${methods.join(', ')}`, {
      headers: { allow: methods.join(', ') },
    });
  };
