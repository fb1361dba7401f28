import { gunzipSync } from 'node:zlib';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { ApiError, badRequest } from './api-error.ts';

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

/** The largest body after decompression, in bytes: what a Lambda function parses beside the compressed one. */
const MAX_UNPACKED_BYTES = 16 * 1024 * 1024;

/** Whether bytes are compressed by gzip: no JSON, form or text begins with these. Source: RFC 1952, 2.3.1. */
const isGzip = (bytes: Buffer): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/**
 * Decompresses gzip, whatever the headers say: API Gateway decompresses bodies that have `Content-Encoding: gzip`, but leaves the
 * header, and may leave a body that it passes as binary as it is.
 * @throws ApiError 400 if the bytes are not what they seem, or decompress to more than {@link MAX_UNPACKED_BYTES}
 */
const unpacked = (bytes: Buffer): Buffer => {
  if (!isGzip(bytes)) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_UNPACKED_BYTES });
  } catch (cause) {
    const isTooLong = cause instanceof RangeError;
    throw isTooLong
      ? new ApiError(
          413,
          'body_too_large',
          `The body has more than ${MAX_UNPACKED_BYTES} bytes; send smaller batches`,
        )
      : badRequest('The body is not valid gzip');
  }
};

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
  const bytes = unpacked(Buffer.from(body, 'base64'));
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    return { body: decoder.decode(bytes), isBodyIntact: true };
  } catch {
    return { body: '', isBodyIntact: false };
  }
};
