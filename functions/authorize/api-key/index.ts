import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { createKeyStore } from '#shared/keys/key-store.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { ENV } from '#shared/runtime/names.ts';
import { createAuthorize } from './handler.ts';

const { keysTable } = readConfig({ keysTable: ENV.keysTable });

export const handler = createAuthorize({ keys: createKeyStore(createDynamoClient(), keysTable) });
