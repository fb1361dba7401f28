import type { Operation } from './operation.ts';
import { ANALYTICS_OPERATIONS } from './operations/analytics.ts';
import { CONTACT_OPERATIONS } from './operations/contacts.ts';
import { IMPORT_OPERATIONS } from './operations/import.ts';
import { REFRESH_OPERATIONS } from './operations/refresh.ts';
import { SEGMENT_OPERATIONS } from './operations/segments.ts';

/** Every route, as the OpenAPI document describes it. */
export const OPERATIONS: readonly Operation[] = [
  ...IMPORT_OPERATIONS,
  ...CONTACT_OPERATIONS,
  ...REFRESH_OPERATIONS,
  ...SEGMENT_OPERATIONS,
  ...ANALYTICS_OPERATIONS,
  {
    path: '/v1/openapi.json',
    method: 'GET',
    operationId: 'readContract',
    tag: 'Contract',
    summary: 'This document',
    isPublic: true,
    response: { status: 200, description: 'OpenAPI 3.1' },
    errors: [],
  },
];
