import { isApiKey } from '../keys/api-key.ts';

/** The headers in which clients send keys, by lower-case name. */
export interface KeyHeaders {
  readonly authorization?: string | undefined;
  readonly 'x-api-key'?: string | undefined;
}

/** Decodes both alphabets of base64, as Customer.io's client for Go sends the URL-safe one; padding may be missing. */
const decodeBase64 = (text: string): string => Buffer.from(text, 'base64').toString('utf8');

/**
 * The texts of an `Authorization` header that may be a key: of `Basic`, the raw text, as June's documentation has it, then the
 * user (Segment, RudderStack, June, Pipelines) and the password (Customer.io's Track API, whose user is the id of a site);
 * of `Bearer`, the token.
 */
const candidatesOf = (authorization: string): readonly string[] => {
  const [scheme = '', ...rest] = authorization.trim().split(/\s+/);
  const text = rest.join(' ');
  if (/^bearer$/i.test(scheme)) return [text];
  if (!/^basic$/i.test(scheme)) return [];
  const decoded = decodeBase64(text);
  const colon = decoded.indexOf(':');
  return colon < 0 ? [text, decoded] : [text, decoded.slice(0, colon), decoded.slice(colon + 1)];
};

/**
 * The API key in the headers of a request.
 * @returns undefined if no header has a text of the form of a key; then the body may have a `writeKey`
 */
export const keyOfHeaders = (headers: KeyHeaders): string | undefined => {
  const { authorization, 'x-api-key': apiKey } = headers;
  const candidates = [
    ...(apiKey === undefined ? [] : [apiKey]),
    ...(authorization === undefined ? [] : candidatesOf(authorization)),
  ];
  return candidates.map((text) => text.trim()).find(isApiKey);
};

/** The API key in the body of a request, as the Segment HTTP API has it. @returns undefined if it has none of that form */
export const keyOfBody = ({ writeKey }: Readonly<Record<string, unknown>>): string | undefined =>
  typeof writeKey === 'string' && isApiKey(writeKey.trim()) ? writeKey.trim() : undefined;
