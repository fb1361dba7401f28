import type { APIGatewayProxyEvent } from 'aws-lambda';

/** The headers of a request, by lower-case name. */
export type RequestHeaders = Readonly<Record<string, string | undefined>>;

/** A request's body as text. */
export interface RequestBody {
  readonly body: string;
  /** Whether the body is the text that was sent: false if bytes that are not UTF-8 may have been replaced. */
  readonly isBodyIntact: boolean;
}

/** Stands for bytes that are not UTF-8, in every decoder that does not fail. Source: Unicode Standard 3.9, "U+FFFD". */
const REPLACEMENT = '\uFFFD';

/**
 * Whether no byte was replaced in a body that has {@link REPLACEMENT}: a decoder replaces one to three bytes by this
 * character of three, so a body in which bytes were replaced is longer than what was sent. The exception are the first
 * three bytes of a cut character of four, which cannot be distinguished from the character itself.
 */
const hasSentLength = (body: string, headers: RequestHeaders): boolean =>
  headers['content-encoding'] === undefined && Number(headers['content-length']) === Buffer.byteLength(body);

/**
 * Reads the body of a request. API Gateway passes a body that is not of a binary media type as text, and does not
 * document what it does with bytes that are not UTF-8; they arrive as U+FFFD, which a caller may also have sent. Their
 * difference shows only in the length, and API Gateway has not passed `Content-Length` to functions of REST APIs (as the
 * adapters for web frameworks note that compute it instead). Without it a body that has the character counts as altered:
 * to refuse it is safe, as the character can be written `\ufffd`, while imported text could not be repaired.
 */
export const requestBody = (
  { body, isBase64Encoded }: Pick<APIGatewayProxyEvent, 'body' | 'isBase64Encoded'>,
  headers: RequestHeaders,
): RequestBody => {
  if (body === null) return { body: '', isBodyIntact: true };
  if (!isBase64Encoded) {
    return { body, isBodyIntact: !body.includes(REPLACEMENT) || hasSentLength(body, headers) };
  }
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    return { body: decoder.decode(Buffer.from(body, 'base64')), isBodyIntact: true };
  } catch {
    return { body: '', isBodyIntact: false };
  }
};
