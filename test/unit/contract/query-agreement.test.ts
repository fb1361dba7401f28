import fc from 'fast-check';
import * as v from 'valibot';
import { createReadActivity } from '#functions/query/activity/handler.ts';
import { createReadContacts } from '#functions/query/contacts/handler.ts';
import { createReadImports } from '#functions/query/imports/handler.ts';
import { nameOf } from '#shared/analytics/name-parameter.ts';
import { spanOf } from '#shared/analytics/span.ts';
import { OPERATIONS } from '#shared/contract/operations.ts';
import { KINDS } from '#shared/events/kinds.ts';
import type { ApiRequest } from '#shared/http/api.ts';
import { ApiError } from '#shared/http/api-error.ts';
import { cursorOf, encodeCursor, limitOf } from '#shared/http/paging.ts';
import { NAMESPACES } from '#shared/identities/identity.ts';
import { DEFAULT_SCORING } from '#shared/scoring/scoring-settings.ts';
import { operationOf, violationsBy } from '#test/support/agreement.ts';
import { aRequest, fixedClock, foundOf, SARAH_ID } from '#test/support/builders.ts';
import { NO_COMPANIES } from '#test/support/refresh-world.ts';

/** Stores without rows, so that only the query decides whether a request is answered. */
const readContacts = createReadContacts({
  companies: NO_COMPANIES,
  identities: {
    contactsOfShard: async () => ({ ids: [], next: undefined }),
    find: async () => foundOf([]),
  },
  contacts: { get: async () => undefined, getMany: async () => [] },
  standings: { get: async () => undefined, getMany: async () => [], ranks: async () => [] },
  segments: { definitions: async () => ({ version: 0, scoring: DEFAULT_SCORING, segments: [] }) },
  now: fixedClock,
});
const readImports = createReadImports({
  receipts: { get: async () => undefined, list: async () => ({ items: [], next: undefined }) },
});
const readActivity = createReadActivity({
  identities: { find: async () => foundOf([SARAH_ID]) },
  standings: { get: async () => undefined },
  events: { timeline: async () => ({ events: [], next: undefined }) },
});

const SPAN = { from: '2025-11-01', to: '2999-12-31', interval: 'month' };
const INSTANTS = [
  '2025-11-15',
  '2025-11-15T10:00:00Z',
  '2025-11-15T10+01',
  '2025-11-15T10:00+0100',
  '2025-11-15 10:00Z',
  '',
];

interface QueryCase {
  readonly operationId: string;
  readonly name: string;
  /** Processes a request with the value; rejects or throws if the service refuses it. */
  readonly service: (query: ApiRequest['query']) => unknown;
  readonly texts: readonly string[];
  /** The reasons of rules that the schema cannot state. */
  readonly beyond?: readonly RegExp[];
}

const spanCase = (name: 'from' | 'to', texts: readonly string[]): QueryCase => ({
  operationId: 'readAnalytics',
  name,
  service: (query) => spanOf({ query: { ...SPAN, ...query } }),
  texts,
  beyond: [/must be on the hour$/, /must be an ISO 8601 date/, /must be before to$/, /^A series has at most/],
});

const CASES: readonly QueryCase[] = [
  {
    operationId: 'listImports',
    name: 'limit',
    service: (query) => limitOf({ query }),
    texts: [
      '1',
      '50',
      '200',
      '201',
      '0',
      '-1',
      '007',
      '00001',
      '1.5',
      '1e2',
      '0x10',
      ' 5',
      '',
      '9'.repeat(400),
    ],
  },
  {
    operationId: 'listImports',
    name: 'cursor',
    service: (query) => cursorOf({ query }, v.unknown()),
    texts: ['', '!', 'IjEi', 'IjEi=', 'Ij Ei', encodeCursor({ at: 1 })],
    beyond: [/^cursor is not one that this list gave$/],
  },
  {
    operationId: 'listImports',
    name: 'type',
    service: (query) => readImports.listImports(aRequest({ query })),
    texts: ['batch', 'stream', 'Stream', 'file', ''],
  },
  {
    operationId: 'listContacts',
    name: 'sort',
    service: (query) => readContacts.listContacts(aRequest({ query })),
    texts: ['engagementScore', 'engagementscore', '-engagementScore', ''],
  },
  {
    operationId: 'listContacts',
    name: 'email',
    service: (query) => readContacts.listContacts(aRequest({ query })),
    texts: [
      'sarah@example.com',
      ' Sarah+news@Example.com',
      'sarah news@example.com',
      'sarah@-.com',
      'nobody',
      '',
    ],
    beyond: [/^email is not a valid email address/],
  },
  ...NAMESPACES.filter((name) => name !== 'email' && name !== 'phone').map((name) => ({
    operationId: 'listContacts',
    name,
    service: (query: ApiRequest['query']) => readContacts.listContacts(aRequest({ query })),
    texts: ['u-1', ' 42 ', ' ', '', '\n', '🏙', 'x'.repeat(256), 'x'.repeat(257), '🏙'.repeat(65), '\ud83c'],
    beyond: [/must be a string of 1 to 256 bytes$/],
  })),
  {
    operationId: 'listContacts',
    name: 'phone',
    service: (query) => readContacts.listContacts(aRequest({ query })),
    texts: [
      '+1 213 373 4253',
      ' +4930-901820 ',
      '+1 (213) 373.4253',
      ' 12133734253',
      '213 373 4253',
      '+999',
      '+1 213 373 4253 ext. 7',
      '',
    ],
    beyond: [/^phone is not a valid phone number/],
  },
  {
    operationId: 'readActivity',
    name: 'kind',
    service: (query) => readActivity(aRequest({ query, pathParameters: { contactId: SARAH_ID } })),
    texts: [...KINDS, 'sms', 'Email', '', 'toString'],
  },
  spanCase('from', INSTANTS),
  spanCase('to', [...INSTANTS, '2999-12-31']),
  {
    operationId: 'readAnalytics',
    name: 'interval',
    service: (query) => spanOf({ query: { ...SPAN, from: '2999-12-30', ...query } }),
    texts: ['hour', 'day', 'week', 'month', 'year', 'Day', ''],
  },
  {
    operationId: 'readAnalytics',
    name: 'name',
    service: (query) => nameOf('track', { query }),
    texts: ['purchased', 'Dashboard Loaded', '__proto__', '', ' ', '🏙'.repeat(128), '🏙'.repeat(129)],
  },
];

/** The schema of a query parameter. */
const schemaOf = (operationId: string, name: string): { readonly type?: unknown } => {
  const parameter = operationOf(operationId).parameters.find(
    (one) => one.in === 'query' && one.name === name,
  );
  if (parameter === undefined) throw new Error(`${operationId} has no parameter ${name}`);
  return parameter.schema;
};

/** The value of a parameter in a URL: a number if its schema is one of integers, which are written in decimal digits. */
const decoded = (schema: { readonly type?: unknown }, text: string): unknown =>
  schema.type === 'integer' && /^-?\d+$/.test(text) ? Number(text) : text;

/** The reason for which the service answers 400; undefined if it accepts the query, whatever it finds by it. */
const refusalOf = async (
  service: QueryCase['service'],
  query: ApiRequest['query'],
): Promise<string | undefined> => {
  try {
    await service(query);
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.statusCode === 400 ? error.message : undefined;
  }
};

describe.each(CASES)('the schema of the parameter $name of $operationId', (one) => {
  const { operationId, name, service, texts, beyond = [] } = one;

  it('accepts what the service accepts, and nothing else that a schema can state', async () => {
    const schema = schemaOf(operationId, name);
    const violationsOf = violationsBy(schema);
    const samples = fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom(...texts) },
      fc.string({ maxLength: 12 }),
    );

    await fc.assert(
      fc.asyncProperty(samples, async (text) => {
        const isValid = violationsOf(decoded(schema, text)).length === 0;
        const refusal = await refusalOf(service, { [name]: text });

        if (!isValid) expect([text, refusal]).toEqual([text, expect.any(String)]);
        else if (!beyond.some((rule) => rule.test(refusal ?? '')))
          expect([text, refusal]).toEqual([text, undefined]);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the comparison of query parameters', () => {
  it('includes every parameter of the API', () => {
    const names = OPERATIONS.flatMap(({ query = [] }) => query.map(({ name }) => name));

    expect([...new Set(names)].toSorted()).toEqual(CASES.map(({ name }) => name).toSorted());
  });
});

describe('the schema of a cursor', () => {
  it('accepts every position that a list encodes', () => {
    const violationsOf = violationsBy(schemaOf('listImports', 'cursor'));

    fc.assert(
      fc.property(fc.jsonValue(), (position) => {
        expect(violationsOf(encodeCursor(position))).toEqual([]);
      }),
    );
  });
});
