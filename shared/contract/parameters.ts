import * as v from 'valibot';
import { CHARTED_KINDS } from '../events/kinds.ts';
import { CursorSchema, LimitSchema } from '../http/paging.ts';
import * as examples from './examples.ts';
import type { QueryParameter } from './operation.ts';

/** The query parameters of every list. */
export const LIST_QUERY: readonly QueryParameter[] = [
  {
    name: 'limit',
    description: 'The maximum number of entries of a page; a page has fewer if they are large',
    schema: LimitSchema,
  },
  {
    name: 'cursor',
    description:
      'The `nextCursor` of the previous page. It is opaque, belongs to one list, and remains valid when entries are added.',
    schema: CursorSchema,
  },
];

/** A path parameter. */
export interface PathParameter {
  readonly description: string;
  readonly schema: v.GenericSchema;
  readonly example: string;
}

/**
 * The path parameters of all operations, by name. Ids have no pattern, although other texts name nothing: the answer to
 * those is 404, as to any unknown id, and clients need not know how ids are made.
 */
export const PATH_PARAMETERS: Readonly<Record<string, PathParameter>> = {
  contactId: {
    description:
      'The id of a contact, as an import or a list returns it, or of any of its identities: it remains valid when contacts are merged',
    schema: v.string(),
    example: examples.PROFILE.contactId,
  },
  groupId: {
    description: 'The sender’s id of a company, percent-encoded',
    schema: v.string(),
    example: examples.COMPANY.groupId,
  },
  importId: {
    description: 'The id of an import: its header `x-import-id`',
    schema: v.string(),
    example: examples.RECEIPT.id,
  },
  refreshId: {
    description: 'The id of a refresh',
    schema: v.string(),
    example: examples.PROGRESS.refreshId,
  },
  segmentId: {
    description: 'The id of a segment',
    schema: v.string(),
    example: examples.SEGMENT.id,
  },
  kind: {
    description: 'A kind of events that is charted; for any other, the answer is 404',
    schema: v.picklist(CHARTED_KINDS),
    example: CHARTED_KINDS[0] as string,
  },
};
