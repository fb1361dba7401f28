/** The boundary of {@link aForm}, as curl writes it. */
export const BOUNDARY = '------------------------d74496d66958873e';

export const FORM_TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

/** The headers of a part that curl writes for `-F "file=@events.csv"`. */
export const CURL_PART =
  'Content-Disposition: form-data; name="file"; filename="events.csv"\r\nContent-Type: application/octet-stream';

/** A part of a form: its headers and its content. */
export type Part = readonly [headers: string, content: string];

/** The body of a form, as curl writes it. */
export const aForm = (...parts: readonly Part[]): string =>
  `${parts.map(([headers, content]) => `--${BOUNDARY}\r\n${headers}\r\n\r\n${content}\r\n`).join('')}--${BOUNDARY}--\r\n`;

/** The examples of LeadVibe's documentation, "Import Events API". */
export const DOCUMENTED_BY_LEAD = `lead_id,event_type,timestamp
ld_abc123,page_view,2025-06-15T10:30:00Z
ld_abc123,email_open,2025-06-16T14:00:00Z
ld_def456,demo_request,2025-06-20T09:00:00Z
`;
export const DOCUMENTED_BY_EMAIL = `email,event_type,timestamp
jane@acme.com,webinar_attend,2025-07-01T11:00:00Z
bob@example.com,form_submit,2025-07-02T15:30:00Z
`;
