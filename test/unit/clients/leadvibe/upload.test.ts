import { uploadedFile } from '#shared/clients/leadvibe/upload.ts';
import {
  aForm,
  BOUNDARY,
  CURL_PART,
  DOCUMENTED_BY_LEAD,
  FORM_TYPE,
  type Part,
} from '#test/support/uploads.ts';

const NO_FORM = { kind: 'refused', reason: 'The body must be multipart/form-data with a field "file"' };
const MALFORMED = {
  kind: 'refused',
  reason: 'The body is not valid multipart/form-data, or does not end with its boundary',
};

const CSV = 'email,event_type\r\na@b.co,"x\r\ny"\r\n';

const named = (headers: string): Part => [headers, CSV];

describe('the file of an upload', () => {
  it('is what curl sends', async () => {
    const body = aForm([CURL_PART, DOCUMENTED_BY_LEAD]);

    expect(await uploadedFile(body, FORM_TYPE)).toEqual({ kind: 'file', text: DOCUMENTED_BY_LEAD });
  });

  it.each([
    ['without a name of a file', named('Content-Disposition: form-data; name="file"')],
    ['with names without quotes', named('Content-Disposition: form-data; name=file; filename=e.csv')],
    [
      'with the name behind that of the file',
      named('Content-Disposition: form-data; filename="e.csv"; name="file"'),
    ],
    ['with headers in lower case', named('content-disposition: form-data; name="file"; filename="e.csv"')],
    [
      'with more headers, in another order',
      named(`Content-Length: 33\r\nContent-Type: application/vnd.ms-excel\r\n${CURL_PART.split('\r\n')[0]}`),
    ],
    ['with a name in UTF-8', named('Content-Disposition: form-data; name="file"; filename="été.csv"')],
    [
      'with an encoded name',
      named(`Content-Disposition: form-data; name="file"; filename="e.csv"; filename*=UTF-8''%C3%A9.csv`),
    ],
  ])('may come %s', async (_, part) => {
    expect(await uploadedFile(aForm(part), FORM_TYPE)).toEqual({ kind: 'file', text: CSV });
  });

  it.each([
    ['a quoted boundary', `multipart/form-data; boundary="${BOUNDARY}"`],
    ['another parameter', `multipart/form-data; charset=utf-8; boundary=${BOUNDARY}`],
    ['capital letters', `Multipart/Form-Data; Boundary=${BOUNDARY}`],
    ['white space', ` multipart/form-data ;boundary=${BOUNDARY} `],
  ])('is found if the content type has %s', async (_, contentType) => {
    expect(await uploadedFile(aForm(named(CURL_PART)), contentType)).toEqual({ kind: 'file', text: CSV });
  });

  it('is found among other fields, and with text around the form', async () => {
    const other: Part = ['Content-Disposition: form-data; name="note"', 'file'];
    const body = `preamble\r\n${aForm(other, named(CURL_PART), other)}epilogue`;

    expect(await uploadedFile(body, FORM_TYPE)).toEqual({ kind: 'file', text: CSV });
  });

  it.each([
    ['a byte order mark, which is removed', '\uFEFFa,b', 'a,b'],
    ['U+FFFD', '\uFFFD,b', '\uFFFD,b'],
    ['characters beyond the basic plane', 'a,😀', 'a,😀'],
    ['nothing', '', ''],
    [
      'what looks like a boundary',
      `a\r\n--${BOUNDARY.slice(0, -1)}\r\nb`,
      `a\r\n--${BOUNDARY.slice(0, -1)}\r\nb`,
    ],
    ['no line break at the end', 'a', 'a'],
  ])('may have %s', async (_, content, text) => {
    expect(await uploadedFile(aForm([CURL_PART, content]), FORM_TYPE)).toEqual({ kind: 'file', text });
  });

  it('is found within a second in a body of 6 MB', async () => {
    const content = `\r\n--${BOUNDARY.slice(0, -1)}`.repeat(200_000);
    const started = performance.now();

    const upload = await uploadedFile(aForm([CURL_PART, content]), FORM_TYPE);

    expect(performance.now() - started).toBeLessThan(1_000);
    expect(upload).toMatchObject({ kind: 'file' });
  });
});

describe('an upload without a file', () => {
  const body = aForm(named(CURL_PART));

  it.each([
    ['has no content type', body, undefined, NO_FORM],
    ['is JSON', '{}', 'application/json', NO_FORM],
    ['is the file itself', CSV, 'text/csv', NO_FORM],
    ['is another kind of multipart', body, FORM_TYPE.replace('form-data', 'form-database'), NO_FORM],
    ['has no boundary', body, 'multipart/form-data', MALFORMED],
    ['has another boundary', body, 'multipart/form-data; boundary=another', MALFORMED],
    ['is empty', '', FORM_TYPE, MALFORMED],
    ['was cut off', body.slice(0, -40), FORM_TYPE, MALFORMED],
    ['ends with a boundary that is not the last one', body.slice(0, -4), FORM_TYPE, MALFORMED],
    ['has line breaks without carriage returns', body.replaceAll('\r\n', '\n'), FORM_TYPE, MALFORMED],
    [
      'names it otherwise',
      aForm(named(CURL_PART.replace('"file"', '"csv"'))),
      FORM_TYPE,
      { kind: 'refused', reason: 'The body has no field "file"' },
    ],
    [
      'has no fields',
      `--${BOUNDARY}--\r\n`,
      FORM_TYPE,
      { kind: 'refused', reason: 'The body has no field "file"' },
    ],
    [
      'has two of them',
      aForm(named(CURL_PART), named(CURL_PART)),
      FORM_TYPE,
      { kind: 'refused', reason: 'The body has several fields "file"; send one file at a time' },
    ],
  ])('is refused if it %s', async (_, sent, contentType, refusal) => {
    expect(await uploadedFile(sent, contentType)).toEqual(refusal);
  });
});
