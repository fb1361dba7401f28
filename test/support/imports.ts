import { type Answer, newOrg, type TestOrg } from './api.ts';
import { aLocationInterest, aLocationObservation, aNamedEvent, anEmailEntry, aWebEntry } from './builders.ts';

/** The event endpoints as documented for callers. Source: product documentation, "Backfill Endpoints". */
export const EVENT_IMPORTS = [
  {
    path: '/v1/events/email/batch',
    endpoint: 'events/email',
    field: 'events',
    limit: 10_000,
    anEntry: anEmailEntry,
  },
  {
    path: '/v1/events/web/batch',
    endpoint: 'events/web',
    field: 'events',
    limit: 10_000,
    anEntry: aWebEntry,
  },
  {
    path: '/v1/contacts/location-interests/batch',
    endpoint: 'contacts/location-interests',
    field: 'signals',
    limit: 5_000,
    anEntry: aLocationInterest,
  },
  {
    path: '/v1/contacts/location-history/batch',
    endpoint: 'contacts/location-history',
    field: 'observations',
    limit: 5_000,
    anEntry: aLocationObservation,
  },
  {
    path: '/v1/events/track/batch',
    endpoint: 'events/track',
    field: 'events',
    limit: 10_000,
    anEntry: aNamedEvent,
  },
] as const;

export const CONTACT_IMPORT = {
  path: '/v1/contacts/batch',
  endpoint: 'contacts',
  field: 'contacts',
  limit: 10_000,
} as const;

/** All endpoints that accept batches. */
export const IMPORTS = [...EVENT_IMPORTS, CONTACT_IMPORT] as const;

type Import = Pick<(typeof IMPORTS)[number], 'path' | 'field'>;

/** Sends a batch. */
export const importEntries = (
  org: TestOrg,
  { path, field }: Import,
  entries: readonly unknown[],
): Promise<Answer> => org.post(path, { [field]: entries });

/** Sends the JSON text of an array, for texts that `JSON.stringify` does not produce. */
export const importText = (org: TestOrg, { path, field }: Import, entries: string): Promise<Answer> =>
  org.send(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{${JSON.stringify(field)}:${entries}}`,
  });

/** A new organisation with these contacts. */
export const newOrgWith = async (...emails: readonly string[]): Promise<TestOrg> => {
  const org = await newOrg();
  const answer = await importEntries(
    org,
    CONTACT_IMPORT,
    emails.map((email) => ({ email })),
  );
  if (answer.body?.imported !== emails.length) throw new Error(`No contacts: ${answer.text}`);
  return org;
};

/** The moment `ms` milliseconds after `from`, in ISO 8601. */
export const instant = (ms: number, from = Date.now()): string => new Date(from + ms).toISOString();
