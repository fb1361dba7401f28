import { apiHandler } from '#shared/http/api.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { createFallback } from './handler.ts';

export const handler = apiHandler(createFallback(), createTelemetry('contract-fallback'));
