/** The first of some fields that a value has; the first of them all if it has none or is not an object. */
export const firstField = <F extends string>(value: unknown, fields: readonly [F, ...F[]]): F => {
  const sent = value as Readonly<Record<string, unknown>> | null;
  return fields.find((field) => sent?.[field] !== undefined) ?? fields[0];
};
