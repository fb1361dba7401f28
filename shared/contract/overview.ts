import type { Operation } from './operation.ts';

/** What is true for the whole API: what an engineer reads before the operations. */
export const DESCRIPTION = `
Import contacts and their historical events with their original timestamps; then read profiles, segments and charts as if
everything had happened here.

1. \`POST /contacts/batch\`: contacts first, since events name them by email, user id, phone or anonymous id.
2. \`POST /events/…/batch\` and \`POST /contacts/location-…/batch\`: their history, in any order and concurrently.
3. \`POST /contacts/backfill/refresh\` with \`{"affected": true}\`: historical events recompute nothing on their own.
4. Read.

**Times** are ISO 8601; those of responses are in UTC, to the millisecond. **Ids** are opaque.

**Errors** of a whole request have the schema \`Error\`. An entry of a batch that breaks a rule is not stored and is
listed in \`errors\` of a 200; the other entries are stored. An unknown path returns 404, and a path that does not support
the method 405 with \`Allow\`. After a 429, 500 or 503 the same request may be sent again, after \`Retry-After\` seconds if
the header is there: imports are idempotent, and nothing is reported as imported that is not stored.

**Bodies** are JSON of at most 6 MB, counted by Lambda with each quotation mark escaped; \`content-encoding: gzip\` is
accepted. Texts must be valid Unicode, without unpaired surrogates.

**Lists** have pages: follow \`nextCursor\` until it is null. A page may have fewer entries than \`limit\`.

What the schemas accept, the service accepts, except for rules that a schema cannot state; the descriptions have them:
bounds that contradict each other, the size of a rule, the range of a duration, the number of weights with the
defaults, numbers beyond the range of a double, dates that do not exist, and cursors that no list has given. Of an entry, it also validates the
domain of an email address, the range of a timestamp, the depth of metadata and attributes, and whether the contact exists.
`.trim();

/** The groups of operations. */
export const TAGS: readonly { readonly name: Operation['tag']; readonly description: string }[] = [
  { name: 'Import', description: 'Importing contacts and events, in batches' },
  { name: 'Imports', description: 'Receipts: what each import stored, and what it skipped and why' },
  { name: 'Contacts', description: 'Profiles and timelines' },
  { name: 'Companies', description: 'What clients call groups or objects, and their members' },
  { name: 'Refresh', description: 'Recomputing contacts, and the settings by which scores are computed' },
  { name: 'Segments', description: 'Groups of contacts by rules, which time alone may change' },
  { name: 'Analytics', description: 'Charts, by the dates on which the events occurred' },
  { name: 'Contract', description: 'This document' },
];
