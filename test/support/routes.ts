import { caller, importSample, SAMPLES } from '#local/seed.ts';
import { openApiDocument } from '#shared/contract/openapi.ts';
import { PATHS } from '#shared/contract/paths.ts';
import { untilCounted } from './analytics.ts';
import { newOrg, type TestOrg, testStack } from './api.ts';
import { until } from './until.ts';

/** A route of the API. */
export interface Route {
  readonly method: string;
  readonly template: string;
}

/** Every route there is; what destroys comes last. */
export const ROUTES: readonly Route[] = Object.entries(PATHS)
  .flatMap(([template, methods]) => methods.map((method) => ({ method: method as string, template })))
  .sort((a, b) => Number(a.method === 'DELETE') - Number(b.method === 'DELETE'));

/** An operation of the OpenAPI document, as far as tests look into it. */
export interface DocumentedOperation {
  readonly security?: readonly unknown[];
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
  }[];
  // biome-ignore lint/suspicious/noExplicitAny: an example has any shape
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly example: any } } };
  readonly responses: Readonly<Record<string, { readonly $ref?: string; readonly content?: unknown }>>;
}

type Documented = Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;

/** What the OpenAPI document says of a route. */
export const documentedOperation = (
  { method, template }: Route,
  document: { paths: unknown } = openApiDocument(),
) => {
  const operation = (document.paths as Documented)[template]?.[method.toLowerCase()];
  if (operation === undefined) throw new Error(`${method} ${template} is not documented`);
  return operation;
};

/** Ids of what an organisation has, by the name of the path parameter that takes them. */
export type Ids = Readonly<Record<string, string>>;

/** An organisation that has one of everything that a path can name. */
export interface FurnishedOrg {
  readonly org: TestOrg;
  readonly ids: Ids;
}

/**
 * A new organisation with the contacts and events of the documentation's example, and one of everything that can be
 * made of them. Nothing is under way for it any more.
 *
 * @param marker - stands in everything that holds text of the organisation's own
 */
export const furnishedOrg = async (marker: string): Promise<FurnishedOrg> => {
  const org = await newOrg();
  for (const sample of SAMPLES) await importSample(caller(testStack().apiUrl, org.apiKey), sample);
  const attributes = { plan: 'pro', note: marker };
  const contacts = await org.post('/v1/contacts/batch', {
    contacts: [{ email: 'sarah@example.com', attributes }],
  });
  const event = {
    contactEmail: 'sarah@example.com',
    occurredAt: '2025-11-15T10:30:00Z',
    metadata: { marker },
  };
  await org.post('/v1/events/email/batch', { events: [{ ...event, type: 'opened' }] });
  await org.post('/v1/contacts/location-history/batch', {
    observations: [{ ...event, location: marker, source: 'marker' }],
  });
  const contactId = contacts.body.contacts[0].contactId;
  const ids: Record<string, string> = { contactId, importId: contacts.headers.get('x-import-id') ?? '' };

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

/** What a path can name that is nobody's. */
const FIXED: Ids = { kind: 'email' };

/** A template's path with ids in it. */
export const pathOf = (template: string, ids: Ids): string =>
  template.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => {
    const id = ids[name] ?? FIXED[name];
    if (id === undefined) throw new Error(`furnishedOrg should make what {${name}} of ${template} names`);
    return id;
  });

/** Values for query parameters that a route cannot do without. */
const QUERY: Readonly<Record<string, string>> = {
  email: 'sarah@example.com',
  from: '2025-11-01T00:00:00Z',
  to: '2025-12-31T00:00:00Z',
  interval: 'week',
};

/** The query that a route cannot do without; empty or with its question mark. */
export const queryOf = (route: Route): string => {
  const required = documentedOperation(route).parameters.filter((one) => one.in === 'query' && one.required);
  const query = new URLSearchParams(
    Object.fromEntries(required.map(({ name }) => [name, QUERY[name] ?? ''])),
  );
  return query.size > 0 ? `?${query}` : '';
};
