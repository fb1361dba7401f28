import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';

/** The credentials that requests are signed with. */
export interface SigningCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** The request to sign: a POST without a query string. */
export interface SigningRequest {
  readonly path: string;
  /** All headers to sign, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Signs a request at a time. @returns the headers to add to the request */
export type Sign = (request: SigningRequest, at: Date) => Record<string, string>;

const ALGORITHM = 'AWS4-HMAC-SHA256';

/**
 * Creates an AWS Signature Version 4 signer for one service and one set of credentials.
 *
 * The SDK's signer handles any request, but derives the key, which is the same all day, for each call; it accounts
 * for a third of the CPU cost of a bulk call (docs/performance.md). A test compares the headers of both.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export const createSign = (
  { accessKeyId, secretAccessKey, sessionToken }: SigningCredentials,
  region: string,
  service: string,
): Sign => {
  let today: { readonly day: string; readonly scope: string; readonly key: KeyObject } | undefined;

  const keyOf = (day: string) => {
    if (today?.day === day) return today;
    const scope = `${day}/${region}/${service}/aws4_request`;
    const key = scope
      .split('/')
      .reduce(
        (secret, part) => hmac(createSecretKey(secret), part).digest(),
        Buffer.from(`AWS4${secretAccessKey}`),
      );
    today = { day, scope, key: createSecretKey(key) };
    return today;
  };

  return ({ path, headers, body }, at) => {
    // 20260315T120000Z
    const time = `${at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
    const { scope, key } = keyOf(time.slice(0, 8));
    const own = {
      'x-amz-date': time,
      ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
    };
    const all = Object.entries({ ...headers, ...own }).sort(([a], [b]) => (a < b ? -1 : 1));
    const names = all.map(([name]) => name).join(';');
    const lines = all.map(([name, value]) => `${name}:${value}\n`).join('');
    const canonical = `POST\n${path}\n\n${lines}\n${names}\n${hash('sha256', body)}`;
    const signature = hmac(key, `${ALGORITHM}\n${time}\n${scope}\n${hash('sha256', canonical)}`).digest(
      'hex',
    );
    return {
      ...own,
      authorization: `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
    };
  };
};

/** Takes a KeyObject, since Node needs several times as long to import the key from bytes. */
const hmac = (key: KeyObject, text: string) => createHmac('sha256', key).update(text);
