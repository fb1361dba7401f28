import { openApiDocument } from '#shared/contract/openapi.ts';
import { apiHandler } from '#shared/http/api.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';

const document = openApiDocument();

/** `GET /v1/openapi.json`. The document does not change while the function lives. */
export const handler = apiHandler(
  async () => ({ statusCode: 200, headers: { 'cache-control': 'public, max-age=300' }, body: document }),
  createTelemetry('query-openapi'),
);
