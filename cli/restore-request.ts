import { InvalidArgumentError } from 'commander';
import { TABLES, type Table } from '#shared/deployment/names.ts';

/**
 * Tables whose rows name each other: a contact exists if it has an identity, and then has a row in each of the others; the rows
 * of a company's members name identities, and contacts name companies.
 */
const CONTACT_TABLES = [
  'Contacts',
  'Companies',
  'Identities',
  'Standings',
  'Members',
] as const satisfies readonly Restorable[];

/** Tables that are not restored, with what replaces it. */
const DERIVED: Readonly<Record<'Rollups' | 'Jobs', string>> = {
  Rollups: 'charts are counted again from the events: npm run analytics:rebuild',
  Jobs: 'the messages of its jobs no longer exist: start the jobs again',
};

/** A table that can be restored. */
export type Restorable = Exclude<Table, keyof typeof DERIVED>;

const isDerived = (table: Table): table is keyof typeof DERIVED => table in DERIVED;

/**
 * Parses a list of tables.
 * @param text - names separated by commas
 * @throws {@link InvalidArgumentError} if a name is unknown, or the tables cannot be restored without others
 */
export const tablesOf = (text: string): readonly Restorable[] => {
  const names = [...new Set(text.split(',').flatMap((name) => name.trim() || []))];
  const tables = names.map((name) => {
    const table = TABLES.find((known) => known === name);
    if (table === undefined)
      throw new InvalidArgumentError(`There is no table "${name}", but: ${TABLES.join(', ')}`);
    if (isDerived(table)) throw new InvalidArgumentError(`${table} is not restored; ${DERIVED[table]}`);
    return table;
  });
  const left = CONTACT_TABLES.filter((table) => !tables.includes(table));
  if (left.length > 0 && left.length < CONTACT_TABLES.length) {
    throw new InvalidArgumentError(
      `${CONTACT_TABLES.join(', ')} are restored together, since their rows name each other: add ${left.join(',')}`,
    );
  }
  return tables;
};

/**
 * Parses a moment, to the second: point-in-time recovery knows no finer one.
 * @throws {@link InvalidArgumentError} if it is not an ISO 8601 time in UTC
 */
export const momentOf = (text: string): Date => {
  const moment = new Date(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) ? text : Number.NaN);
  if (Number.isNaN(moment.getTime())) {
    throw new InvalidArgumentError(`"${text}" is not a time in UTC, such as 2026-03-01T10:00:00Z`);
  }
  return moment;
};

/**
 * The name of a restored table. It depends on the moment alone, so that the same command finds the table that an interrupted
 * one has begun.
 */
export const restoredName = (stage: string, table: Table, at: Date): string =>
  `PigeonPerchBackfill-${stage}-${table}-${at
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:]/g, '')}`;
