import { createDynamoClient } from '#shared/aws/dynamodb.ts';
import { readConfig } from '#shared/deployment/config.ts';
import { ENV } from '#shared/deployment/names.ts';
import { createKeyStore } from '#shared/keys/key-store.ts';
import { createAuthorize } from './handler.ts';

const { keysTable } = readConfig({ keysTable: ENV.keysTable });

export const handler = createAuthorize({ keys: createKeyStore(createDynamoClient(), keysTable) });
