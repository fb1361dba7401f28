import fc from 'fast-check';
import { parseCsv } from '#shared/clients/leadvibe/csv.ts';

const read = (text: string) => parseCsv(text, 100);

const rows = (header: readonly string[], ...content: readonly (readonly string[])[]) => ({
  kind: 'rows',
  header,
  rows: content,
});

const malformed = (reason: string) => ({ kind: 'malformed', reason });

describe('a CSV file', () => {
  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('is read with line breaks of %s, with and without one at its end', (_, end) => {
    const expected = rows(['a', 'b'], ['1', '2'], ['3', '4']);

    expect(read(`a,b${end}1,2${end}3,4${end}`)).toEqual(expected);
    expect(read(`a,b${end}1,2${end}3,4`)).toEqual(expected);
  });

  it.each([
    [
      'commas, quotation marks and line breaks in quotes',
      'a,b\n"1,\r\n2","say ""hi"""',
      ['1,\r\n2', 'say "hi"'],
    ],
    ['a byte order mark', '\uFEFFa,b\n1,2', ['1', '2']],
    ['a byte order mark before a quoted name', '\uFEFF"a",b\n1,2', ['1', '2']],
    ['white space around names of columns', ' a , b\t\n1,2', ['1', '2']],
    ['white space in fields, which is kept', 'a,b\n 1,2 ', [' 1', '2 ']],
    ['empty fields', 'a,b\n,""\n1,', ['1', '']],
    ['different line breaks', 'a,b\r\n\n1,2\r', ['1', '2']],
    ['blank lines, and lines of nothing but commas and spaces', '\na,b\n\n  \n,\n1,2\n , \n\n', ['1', '2']],
  ])('may have %s', (_, text, row) => {
    expect(read(text)).toEqual(rows(['a', 'b'], row));
  });

  it('may have rows with fewer or more fields than columns', () => {
    expect(read('a,b\n1\n1,2,3')).toEqual(rows(['a', 'b'], ['1'], ['1', '2', '3']));
  });

  it('may have no rows', () => {
    expect(read('a,b')).toEqual(rows(['a', 'b']));
  });

  it.each([
    ['it is empty', '', 'The file is empty; its first line must name the columns'],
    ['it is blank', '\n \n', 'The file is empty; its first line must name the columns'],
    ['a column has no name', 'a,,b\n1,2,3', 'Column 2 has no name in the first line'],
    ['a column has an empty name', 'a," "', 'Column 2 has no name in the first line'],
    ['two columns have one name', 'a,b, a\n1,2,3', 'The first line names a column more than once: a'],
    [
      'quotation marks are not closed',
      'a,b\n1,"2\n3,4',
      'Malformed CSV at line 3: the last quotation mark is not closed',
    ],
    [
      'text follows a quoted field',
      'a,b\n1,2\n"3"x,4',
      'Malformed CSV at line 3: text follows a closing quotation mark; one within a quoted field is doubled',
    ],
    [
      'a field is quoted in part',
      'a,b\n1,x"2"',
      'Malformed CSV at line 2: a field with a quotation mark must be quoted as a whole',
    ],
  ])('is malformed if %s', (_, text, reason) => {
    expect(read(text)).toEqual(malformed(reason));
  });

  it('repeats only the beginning of a long name', () => {
    const name = 'x'.repeat(1_000);

    expect(read(`${name},${name}`)).toEqual(
      malformed(`The first line names a column more than once: ${'x'.repeat(254)}`),
    );
  });

  it('has a maximum number of rows, without blank ones', () => {
    expect(parseCsv('a\n1\n\n2\n', 2)).toEqual(rows(['a'], ['1'], ['2']));
    expect(parseCsv('a\n1\n2\n3\n"', 2)).toEqual({ kind: 'too-many-rows' });
  });

  it('is read within seconds if it has a million columns or rows', () => {
    const started = performance.now();

    parseCsv(Array.from({ length: 1_000_000 }, (__, nth) => nth.toString(36)).join(','), 100);
    parseCsv('a\n1'.repeat(1_000_000), 100_000);

    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('returns what was written, however it is quoted', () => {
    const field = fc.string({ unit: fc.constantFrom('a', 'é', '😀', ',', '"', '\n', '\r', ' ', ';') });
    const end = fc.constantFrom('\n', '\r\n', '\r');
    const table = fc
      .integer({ min: 1, max: 5 })
      .chain((width) => fc.array(fc.array(field, { minLength: width, maxLength: width }), { maxLength: 8 }))
      .map((content) => content.filter((row) => row.some((each) => each.trim() !== '')));
    const written = (text: string, isQuoted: boolean): string =>
      isQuoted || /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

    fc.assert(
      fc.property(table, end, fc.boolean(), fc.boolean(), (content, lineEnd, isQuoted, isEnded) => {
        const header = (content[0] ?? ['0']).map((_, at) => String(at));
        const lines = [header, ...content].map((row) => row.map((text) => written(text, isQuoted)).join(','));

        const csv = read(lines.join(lineEnd) + (isEnded ? lineEnd : ''));

        expect(csv).toEqual(rows(header, ...content));
      }),
    );
  });
});
