import { CsvError, type Options, parse } from 'csv-parse/sync';
import { beginningOf, MAX_ECHO } from '../../json/text.ts';

/** The content of a CSV file, or why it has none. */
export type Csv =
  | {
      readonly kind: 'rows';
      /** The names of the columns: distinct, trimmed, none empty. */
      readonly header: readonly string[];
      /** Rows without their blank ones; a row may have more or fewer fields than the header. */
      readonly rows: readonly (readonly string[])[];
    }
  | { readonly kind: 'too-many-rows' }
  | { readonly kind: 'malformed'; readonly reason: string };

/** How files are read: as RFC 4180 has it, with any line breaks. */
const OPTIONS: Options = {
  bom: true,
  record_delimiter: ['\r\n', '\n', '\r'],
  // Such a row is refused alone.
  relax_column_count: true,
  // Spreadsheets write rows of nothing but commas where something was deleted.
  skip_empty_lines: true,
  skip_records_with_empty_values: true,
};

/**
 * Explanations of errors of quotes. They make the whole file malformed: where its next row begins is not known, so that what
 * would be read after one might be something else than what was written.
 */
const EXPLANATIONS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'the last quotation mark is not closed',
  CSV_INVALID_CLOSING_QUOTE: 'text follows a closing quotation mark; one within a quoted field is doubled',
  INVALID_OPENING_QUOTE: 'a field with a quotation mark must be quoted as a whole',
};

const malformed = (reason: string): Csv => ({ kind: 'malformed', reason });

const explained = ({ code, ...details }: CsvError): string => {
  const lines = (details as { readonly lines?: unknown }).lines;
  return `Malformed CSV at line ${lines}: ${EXPLANATIONS[code] ?? code}`;
};

/** The rule that names of columns break; undefined if they break none. */
const faultOf = (header: readonly string[]): string | undefined => {
  const unnamed = header.indexOf('');
  if (unnamed >= 0) return `Column ${unnamed + 1} has no name in the first line`;
  const seen = new Set<string>();
  for (const name of header) {
    if (seen.has(name)) return `The first line names a column more than once: ${beginningOf(name, MAX_ECHO)}`;
    seen.add(name);
  }
  return undefined;
};

/**
 * Parses a CSV file whose first line names the columns.
 * @param maxRows - no more rows than this are read
 */
export const parseCsv = (text: string, maxRows: number): Csv => {
  let records: string[][];
  try {
    // One more row shows that there are too many.
    records = parse(text, { ...OPTIONS, to: maxRows + 2 });
  } catch (error) {
    if (error instanceof CsvError) return malformed(explained(error));
    throw error;
  }
  const [first, ...rows] = records;
  if (first === undefined) return malformed('The file is empty; its first line must name the columns');
  const header = first.map((name) => name.trim());
  const fault = faultOf(header);
  if (fault !== undefined) return malformed(fault);
  return rows.length > maxRows ? { kind: 'too-many-rows' } : { kind: 'rows', header, rows };
};
