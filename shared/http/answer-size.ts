import { beginningOf } from '../json/text.ts';

/**
 * The maximum size of a response's body, in bytes as {@link sentBytes} counts them: the largest response of a synchronous
 * Lambda invocation, less half a megabyte for the headers. A larger response becomes a 502 after its work is done.
 * Sources: Lambda quotas, "Invocation payload (request and response)", 6 MB each; in its error message Lambda states
 * 6,291,556 bytes. API Gateway's own limit is 10 MB (API Gateway quotas, "Payload size").
 */
export const MAX_ANSWER_BYTES = 5.5 * 1024 * 1024;

/**
 * The size of a part of a response's body as it counts towards Lambda's limit. A function returns its response as JSON
 * in which the body is a string, so each quotation mark and backslash of the body takes two bytes. Source: API Gateway
 * Developer Guide, "Output format of a Lambda function for proxy integration".
 */
export const sentBytes = (body: string): number => Buffer.byteLength(JSON.stringify(body)) - 2;

/** The size of a text within a JSON body, without its quotation marks; see {@link sentBytes}. */
export const sentTextBytes = (text: string): number =>
  sentBytes(JSON.stringify(text)) - sentBytes(JSON.stringify(''));

/** The longest beginning of a text that takes at most this many bytes by {@link sentTextBytes}, in whole characters. */
export const beginningOfBytes = (text: string, bytes: number): string => {
  let fits = 0;
  let most = text.length;
  while (fits < most) {
    const middle = Math.ceil((fits + most) / 2);
    if (sentTextBytes(beginningOf(text, middle)) <= bytes) fits = middle;
    else most = middle - 1;
  }
  return beginningOf(text, fits);
};
