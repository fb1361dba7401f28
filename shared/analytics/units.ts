/**
 * A rollup counts the events of an organisation of one kind and type, by the days of a month or the hours of
 * a day. Its item holds one number for each, at most 31, and so stays below 1 KB, the minimum that a write is
 * charged for. Two years of all email types are some 170 month items per shard; day items are read only for
 * hours. docs/data-model.md describes the keys.
 */
export const UNITS = ['day', 'hour'] as const;
/** One of {@link UNITS}: the time that one number of a rollup covers. */
export type Unit = (typeof UNITS)[number];
