import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { serve } from '#shared/contract/operation.ts';
import { IMPORTS } from '#shared/contract/operations/imports.ts';
import { readConfig } from '#shared/deployment/config.ts';
import { ENV } from '#shared/deployment/names.ts';
import { apiHandler } from '#shared/http/api.ts';
import { createReceiptStore } from '#shared/imports/receipt-store.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { systemClock } from '#shared/time/clock.ts';
import { createReadImports } from './handler.ts';

const { importsTable } = readConfig({ importsTable: ENV.importsTable });

export const handler = apiHandler(
  serve(
    IMPORTS,
    createReadImports({
      receipts: createReceiptStore(createDynamoClient(), importsTable, systemClock),
    }),
  ),
  createTelemetry('query-imports'),
);
