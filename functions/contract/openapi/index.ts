import { openApiDocument } from '#shared/contract/openapi.ts';
import { serve } from '#shared/contract/operation.ts';
import { CONTRACT } from '#shared/contract/operations/contract.ts';
import { apiHandler } from '#shared/http/api.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';

/** The document does not change during the lifetime of the function. */
const document = openApiDocument();

export const handler = apiHandler(
  serve(CONTRACT, {
    readContract: async () => ({
      statusCode: 200,
      headers: { 'cache-control': 'public, max-age=300' },
      body: document,
    }),
  }),
  createTelemetry('contract-openapi'),
);
