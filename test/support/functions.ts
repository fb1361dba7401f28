import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, type TestOrg, testStack } from './api.ts';

/** A deployed function as Lambda's API returns it. */
interface FunctionConfiguration {
  readonly FunctionName: string;
  readonly Description: string;
  readonly Environment?: { readonly Variables?: Readonly<Record<string, string>> };
  readonly State?: string;
}

const FUNCTIONS = '/2015-03-31/functions';

/** Calls Lambda's API. The SDK's client would be a dependency for four calls. */
const lambda = async (method: string, path: string, body?: unknown): Promise<Response> => {
  const response = await fetch(`${testStack().endpoint}${FUNCTIONS}${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!response.ok)
    throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
  return response;
};

/** The deployed function of a folder under `functions/`, including its role if it has one: `refresh/worker live`. */
export const functionOf = async (folder: string): Promise<FunctionConfiguration> => {
  let marker = '';
  do {
    const response = await lambda('GET', `/?MaxItems=50${marker && `&Marker=${encodeURIComponent(marker)}`}`);
    const page = (await response.json()) as { Functions: FunctionConfiguration[]; NextMarker?: string };
    const found = page.Functions.find(({ Description }) => Description === folder);
    if (found !== undefined) return found;
    marker = page.NextMarker ?? '';
  } while (marker !== '');
  throw new Error(`No function ${folder} is deployed`);
};

/** The outcome of invoking a function: its result, or the error that it threw. */
export interface Invocation {
  readonly failed: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into results of every shape
  readonly payload: any;
}

/** Invokes a function with an event and waits for its result. */
export const invoke = async (name: string, event: unknown): Promise<Invocation> => {
  const response = await lambda('POST', `/${name}/invocations`, event);
  return {
    failed: response.headers.has('x-amz-function-error'),
    payload: JSON.parse(await response.text()),
  };
};

/**
 * Deploys a copy of a function with additional environment variables, so that a test can disturb it without affecting
 * other tests.
 * @returns its name, for {@link deleteFunction}
 */
export const copyFunction = async (
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<string> => {
  const { FunctionName, Description, Environment, State, ...same } = await functionOf(folder);
  const details = (await (await lambda('GET', `/${FunctionName}`)).json()) as {
    Code: { Location: string };
  };
  const code = Buffer.from(await (await fetch(details.Code.Location)).arrayBuffer());
  const name = `copy-of-${folder.replaceAll(/[/ ]/g, '-')}-${randomUUID().slice(0, 8)}`;
  await lambda('POST', '', {
    ...same,
    FunctionName: name,
    Description: `a copy of ${Description}`,
    Environment: { Variables: { ...Environment?.Variables, ...environment } },
    Code: { ZipFile: code.toString('base64') },
  });
  const deadline = Date.now() + 10_000;
  while (
    ((await (await lambda('GET', `/${name}/configuration`)).json()) as FunctionConfiguration).State !==
    'Active'
  ) {
    if (Date.now() > deadline) throw new Error(`${name} did not become active`);
    await sleep(50);
  }
  return name;
};

/** Deletes a function and kills its running invocations. */
export const deleteFunction = async (name: string): Promise<void> => {
  await lambda('DELETE', `/${name}`);
};

/** A request to a function of the API. */
interface InvokedRequest {
  readonly method: string;
  /** The path, with the names of its parameters: `/v1/segments/{segmentId}`. */
  readonly route: string;
  readonly pathParameters?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Invokes a function as API Gateway does for a request of an organisation. */
export const invokeAsApi = async (
  name: string,
  org: Pick<TestOrg, 'orgId'>,
  { method, route, pathParameters, body }: InvokedRequest,
): Promise<Answer> => {
  const { failed, payload } = await invoke(name, {
    httpMethod: method,
    resource: route,
    path: route.replace(/\{(\w+)\}/g, (_text, parameter) => pathParameters?.[parameter] ?? ''),
    headers: { 'Content-Type': 'application/json' },
    pathParameters: pathParameters ?? null,
    queryStringParameters: null,
    requestContext: { requestId: randomUUID(), authorizer: { orgId: org.orgId } },
    body: body === undefined ? null : JSON.stringify(body),
    isBase64Encoded: false,
  });
  if (failed) throw new Error(`${name} failed: ${JSON.stringify(payload)}`);
  return {
    status: payload.statusCode,
    headers: new Headers(payload.headers),
    text: payload.body,
    body: payload.body === '' ? undefined : JSON.parse(payload.body),
  };
};

/** Invokes a function as API Gateway does for a POST of an organisation. */
export const invokeAsPost = (
  name: string,
  org: Pick<TestOrg, 'orgId'>,
  path: string,
  body: unknown,
): Promise<Answer> => invokeAsApi(name, org, { method: 'POST', route: path, body });
