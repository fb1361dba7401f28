/** An uploaded file, or why there is none. */
export type Upload =
  | { readonly kind: 'file'; readonly text: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** The name of the part that has the file. Source: LeadVibe's documentation, "Import Events API". */
const FIELD = 'file';

const MULTIPART = /^multipart\/form-data\s*(?:;|$)/i;

const refused = (reason: string): Upload => ({ kind: 'refused', reason });

/**
 * The form of a body; undefined if it cannot be parsed.
 *
 * Node's own parser: the formats of curl, browsers and HTTP libraries are all that it has to take, 6 MB take it 30 ms, and the
 * body is in memory already, so that a streaming parser (busboy and those that are based on it) would save nothing. It is strict
 * where a lenient parser would take half a file: a body that ends before its last boundary is refused. It also refuses line
 * breaks other than CRLF between parts, and backslashes before quotes in a file's name, which curl writes only if it is told to
 * (`--form-escape`).
 */
const formOf = async (body: string, contentType: string): Promise<FormData | undefined> => {
  try {
    return await new Response(body, { headers: { 'content-type': contentType } }).formData();
  } catch {
    return undefined;
  }
};

/**
 * Finds the file in the body of an upload, a form of `multipart/form-data`; other fields are ignored. The part need not have a
 * file's name. A byte order mark is removed.
 */
export const uploadedFile = async (body: string, contentType: string | undefined): Promise<Upload> => {
  if (contentType === undefined || !MULTIPART.test(contentType.trim())) {
    return refused(`The body must be multipart/form-data with a field "${FIELD}"`);
  }
  const form = await formOf(body, contentType);
  if (form === undefined) {
    return refused('The body is not valid multipart/form-data, or does not end with its boundary');
  }
  const [part, ...others] = form.getAll(FIELD);
  if (part === undefined) return refused(`The body has no field "${FIELD}"`);
  if (others.length > 0) return refused(`The body has several fields "${FIELD}"; send one file at a time`);
  return { kind: 'file', text: typeof part === 'string' ? part : await part.text() };
};
