import * as v from 'valibot';
import { API_ERROR_CODES } from '../http/api-error.ts';
import { NAMESPACES } from '../identities/identity.ts';
import { documented } from '../json/documented.ts';
import { NOT_LINKED } from '../linking/rules.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const reason = v.pipe(
  v.string(),
  v.description('The first rule that the entry violates, such as `occurredAt is in the future`'),
);
const index = v.pipe(count, v.description('The position of the entry in the request, from 0'));
const imported = v.pipe(count, v.description('The number of entries that are stored now, or were before'));
const skipped = v.pipe(
  count,
  v.description('The number of entries that are not stored; each is in `errors`'),
);
const identifier = v.pipe(
  v.nullable(v.string()),
  v.description('At most the first 254 characters of what was sent; null if it is not a string'),
);

const otherIdentifier = v.optional(
  v.pipe(v.nullable(v.string()), v.description('Only if the entry names its contact by this field')),
);

/** The response of the event endpoints. */
export const EventImportAnswerSchema = v.object({
  imported,
  skipped,
  errors: v.array(
    v.object({
      index,
      contactEmail: identifier,
      userId: otherIdentifier,
      anonymousId: otherIdentifier,
      phone: otherIdentifier,
      reason,
    }),
  ),
});

/** The response of `contacts/batch`. */
export const ContactImportAnswerSchema = v.object({
  imported,
  skipped,
  errors: v.array(
    v.object({
      index,
      email: identifier,
      externalId: otherIdentifier,
      phone: otherIdentifier,
      anonymousId: otherIdentifier,
      reason,
    }),
  ),
  contacts: v.array(
    v.object({
      index,
      contactId: v.string(),
      created: v.pipe(v.boolean(), v.description('Whether this entry created the contact')),
      notLinked: v.optional(
        v.pipe(
          v.array(
            v.object({
              namespace: v.picklist(NAMESPACES),
              reason: v.pipe(
                v.picklist(NOT_LINKED),
                v.description(
                  '`identity_conflict`: it belongs to a contact that must not become one with this one; what came first is kept',
                ),
              ),
              contactId: v.optional(v.pipe(v.string(), v.description('The contact that it belongs to'))),
            }),
          ),
          v.description(
            'The identities of the entry that were not linked to the contact; absent if there are none',
          ),
        ),
      ),
    }),
  ),
});

/** Errors of API Gateway and of paths that are not in the contract have what vendors' clients read, too. */
const FOR_CLIENTS = ', for clients of other vendors; not in every response';

/** The body of every error response. */
export const ErrorSchema = v.object({
  error: v.object({
    // Not an enumeration: clients generated from one would break on the next code.
    code: v.pipe(v.string(), v.description(`For programs: ${API_ERROR_CODES.join(', ')}; more may follow`)),
    message: v.pipe(v.string(), v.description('For people: what is wrong, and where')),
    requestId: v.pipe(v.string(), v.description('Names the request to the support')),
  }),
  code: v.optional(v.pipe(v.string(), v.description(`As in \`error\`${FOR_CLIENTS}`))),
  message: v.optional(v.pipe(v.string(), v.description(`As in \`error\`${FOR_CLIENTS}`))),
  meta: v.optional(
    v.pipe(
      v.object({ error: v.string(), errors: v.optional(v.array(v.string())) }),
      v.description(`The message${FOR_CLIENTS}`),
    ),
  ),
});

/** A page of a list. */
export const pageOf = <S extends v.GenericSchema>(item: S) =>
  v.object({
    items: v.array(item),
    nextCursor: v.pipe(
      v.nullable(v.string()),
      v.description('The `cursor` of the next page; null on the last page'),
    ),
  });

/** Any value in the place of an entry. */
export const OtherEntrySchema = v.pipe(
  v.unknown(),
  documented({
    type: ['object', 'array', 'string', 'number', 'boolean', 'null'],
    description:
      'Anything else does not refuse the request: the entry is not stored, and `errors` has the reason',
  }),
);

/**
 * The body of a batch endpoint. Its entries may be anything, since a bad one is refused alone: a validator in front of
 * the service that let only valid ones pass would refuse thousands of good entries with it. The alternative lists all
 * types instead of being empty, because generated TypeScript clients merge an empty one and the entry to `unknown`.
 */
export const batchOf = (field: string, limit: number, entry: v.GenericSchema) =>
  v.object({ [field]: v.pipe(v.array(v.union([entry, OtherEntrySchema])), v.maxLength(limit)) });
