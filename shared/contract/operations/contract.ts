import { servedBy } from '../operation.ts';

/** Reading the OpenAPI document. */
export const CONTRACT = servedBy('contract/openapi', {
  readContract: {
    path: '/v1/openapi.json',
    method: 'GET',
    tag: 'Contract',
    summary: 'This document',
    isPublic: true,
    response: { status: 200, description: 'OpenAPI 3.1' },
    errors: [],
  },
});
