import { apiHandler } from '#shared/runtime/api.ts';
import { createTelemetry } from '#shared/runtime/powertools.ts';
import { createFallback } from './handler.ts';

export const handler = apiHandler(createFallback(), createTelemetry('query-fallback'));
