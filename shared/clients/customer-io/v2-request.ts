import { type Rejection, rejected } from '../checked.ts';
import type { Fields } from '../sent-value.ts';

/** The operations of a request of version 2, not validated yet, or the rule that the request breaks as a whole. */
export type RequestedOperations =
  | { readonly kind: 'operations'; readonly operations: readonly unknown[] }
  | Rejection;

/**
 * The operations of a request of the Track API's version 2. Source: Customer.io documentation, "Track API", version 2.
 * @param path - what follows `/v2/`: `entity` has one operation, `batch` any number
 */
export const operationsOfV2 = (path: 'entity' | 'batch', body: Fields): RequestedOperations => {
  if (path === 'entity') return { kind: 'operations', operations: [body] };
  const { batch } = body;
  return Array.isArray(batch)
    ? { kind: 'operations', operations: batch }
    : rejected('batch', 'batch must be an array');
};
