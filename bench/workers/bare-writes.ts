import type { Item } from '#shared/aws/dynamodb.ts';
import { createBareClient, writeBare } from '../support/bare-writes.ts';

/** What is to be written where. */
export interface BareWrites {
  readonly table: string;
  readonly items: readonly Item[];
}

const client = createBareClient();

/** The floor of an import's CPU time. */
export const handler = ({ table, items }: BareWrites): Promise<number> => writeBare(client, table, items);
