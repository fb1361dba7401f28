import type { Item } from '#shared/aws/dynamodb.ts';
import { createBareClient, putBare } from '../support/bare-writes.ts';

/** The items to write and their table. */
export interface BareWrites {
  readonly table: string;
  readonly items: readonly Item[];
}

/** The concurrency of an import. */
const AT_ONCE = 16;

const client = createBareClient();

/** The floor of an import's CPU time. */
export const handler = ({ table, items }: BareWrites): Promise<void> =>
  putBare(client, table, items, AT_ONCE);
