import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { createReceiptStore } from '#shared/receipts/receipt-store.ts';
import { apiHandler } from '#shared/runtime/api.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { ENV } from '#shared/runtime/names.ts';
import { createTelemetry } from '#shared/runtime/powertools.ts';
import { createReadImports } from './handler.ts';

const { importsTable } = readConfig({ importsTable: ENV.importsTable });

export const handler = apiHandler(
  createReadImports({
    receipts: createReceiptStore(createDynamoClient(), importsTable, systemClock),
  }),
  createTelemetry('query-imports'),
);
