import { caller, importSample, SAMPLES } from '#local/seed.ts';
import { PATHS } from '#shared/contract/paths.ts';
import { untilCounted } from './analytics.ts';
import { newOrg, type TestOrg, testStack } from './api.ts';
import { newCompanies } from './companies.ts';
import { documentedOperation, type Route } from './contract.ts';
import { until } from './until.ts';

/** All routes; those that delete come last. */
export const ROUTES: readonly Route[] = Object.entries(PATHS)
  .flatMap(([template, methods]) => methods.map((method) => ({ method: method as string, template })))
  .sort((a, b) => Number(a.method === 'DELETE') - Number(b.method === 'DELETE'));

/** Ids of an organisation's resources, by the name of their path parameter. */
export type Ids = Readonly<Record<string, string>>;

/** An organisation with one resource of every type that a path can name. */
export interface FurnishedOrg {
  readonly org: TestOrg;
  readonly ids: Ids;
}

/**
 * Creates an organisation with the contacts and events of the documentation's example and one resource of every type.
 * All of its background work has ended.
 *
 * @param marker - a snake_case word that every text chosen by the organisation contains, charts included
 */
export const furnishedOrg = async (marker: string): Promise<FurnishedOrg> => {
  const org = await newOrg();
  for (const sample of SAMPLES) await importSample(caller(testStack().apiUrl, org.apiKey), sample);
  const attributes = { plan: 'pro', note: marker };
  const contacts = await org.post('/v1/contacts/batch', {
    contacts: [
      { email: 'sarah@example.com', attributes },
      // The documentation's example of a merge names it.
      { externalId: 'shop_4711', attributes: { note: marker } },
    ],
  });
  const event = {
    contactEmail: 'sarah@example.com',
    occurredAt: '2025-11-15T10:30:00Z',
    metadata: { marker },
  };
  await org.post('/v1/events/email/batch', { events: [{ ...event, type: 'opened' }] });
  await org.post('/v1/contacts/location-history/batch', {
    observations: [{ ...event, location: marker, source: marker }],
  });
  const contactId = contacts.body.contacts[0].contactId;
  const ids: Record<string, string> = { contactId, importId: contacts.headers.get('x-import-id') ?? '' };

  ids['groupId'] = `company_of_${marker}`;
  await newCompanies(org).join(ids['groupId'], [{ namespace: 'email', value: 'sarah@example.com' }], {
    name: JSON.stringify(marker),
  });

  if ('/v1/segments' in PATHS) {
    const rule = { attribute: { name: 'plan', equals: 'pro' } };
    const { body } = await org.post('/v1/segments', { name: marker, rule });
    ids['segmentId'] = body.id;
    await until('the segment is evaluated', async () => {
      const segment = await org.get(`/v1/segments/${body.id}`);
      return segment.body?.evaluation?.status === 'completed';
    });
  }
  if ('/v1/contacts/backfill/refresh' in PATHS) {
    const { body } = await org.post('/v1/contacts/backfill/refresh', { affected: true });
    ids['refreshId'] = body.refreshId;
    await until('the refresh is completed', async () => {
      const refresh = await org.get(`/v1/contacts/backfill/refresh/${body.refreshId}`);
      return refresh.body?.status === 'completed';
    });
  }
  if ('/v1/analytics/{kind}' in PATHS) await untilCounted(org);
  return { org, ids };
};

/** Path parameters that do not belong to an organisation. The marker is a type of this kind's events. */
const FIXED: Ids = { kind: 'location-history' };

/** A template's path with its parameters replaced by ids. */
export const pathOf = (template: string, ids: Ids): string =>
  template.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => {
    const id = ids[name] ?? FIXED[name];
    if (id === undefined) throw new Error(`furnishedOrg must create a resource for {${name}} of ${template}`);
    return id;
  });

/** Values of required query parameters. */
const QUERY: Readonly<Record<string, string>> = {
  email: 'sarah@example.com',
  from: '2025-11-01T00:00:00Z',
  to: '2025-12-31T00:00:00Z',
  interval: 'week',
};

/** The required query of a route: empty, or beginning with a question mark. */
export const queryOf = (route: Route): string => {
  const required = documentedOperation(route).parameters.filter((one) => one.in === 'query' && one.required);
  const query = new URLSearchParams(
    Object.fromEntries(required.map(({ name }) => [name, QUERY[name] ?? ''])),
  );
  return query.size > 0 ? `?${query}` : '';
};
