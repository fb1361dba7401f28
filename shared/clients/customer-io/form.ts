import { isJsonObject } from '../../json/lossless-json.ts';

/** Without a prototype, so that every name, such as `__proto__`, is an ordinary key. */
type Fields = Record<string, unknown>;

const noFields = (): Fields => Object.create(null) as Fields;

/** A name with keys in brackets. Any other name with brackets stands for itself. */
const NESTED = /^([^[\]]+)((?:\[[^[\]]*\])+)$/;

/** More levels than any client sends; the brackets behind them belong to the last key. */
const MAX_KEYS = 20;

/** The keys of a name: `data[price]` is `data`, then `price`. */
const keysOf = (name: string): [string, ...string[]] => {
  const [, first, brackets = ''] = NESTED.exec(name) ?? [];
  if (first === undefined) return [name];
  const keys = brackets.slice(1, -1).split('][');
  const rest = keys.slice(MAX_KEYS - 1);
  return [first, ...keys.slice(0, MAX_KEYS - 1), ...(rest.length > 0 ? [rest.join('][')] : [])];
};

/** Whether there is a value at the end of the keys already; every list has a place for another one. */
const isSet = (fields: unknown, [key, ...deeper]: readonly string[]): boolean => {
  if (key === undefined) return true;
  return key !== '' && isJsonObject(fields) && Object.hasOwn(fields, key) && isSet(fields[key], deeper);
};

const append = (list: unknown[], [key, ...deeper]: readonly string[], value: string): void => {
  if (key === undefined) {
    list.push(value);
  } else if (key === '') {
    const inner: unknown[] = [];
    list.push(inner);
    append(inner, deeper, value);
  } else {
    // `list[][a]=1&list[][b]=2` is one object, as Rack and Rails print it; a key that it has begins the next one.
    const last = list.at(-1);
    const isContinued = isJsonObject(last) && !isSet(last, [key, ...deeper]);
    const holder: Fields = isContinued ? last : noFields();
    if (!isContinued) list.push(holder);
    set(holder, [key, ...deeper], value);
  }
};

/** Sets a value; of two for one place, the last one is kept. */
const set = (fields: Fields, [key, ...deeper]: readonly [string, ...string[]], value: string): void => {
  const [next, ...rest] = deeper;
  const held = fields[key];
  if (next === undefined) {
    fields[key] = value;
  } else if (next === '') {
    const list = Array.isArray(held) ? held : [];
    fields[key] = list;
    append(list, rest, value);
  } else {
    const nested = isJsonObject(held) ? held : noFields();
    fields[key] = nested;
    set(nested, [next, ...rest], value);
  }
};

/**
 * Parses a body of `application/x-www-form-urlencoded`, in which names nest by brackets: `data[price]=23.45`,
 * `data[list][]=x`. All values are texts. Nothing is rejected: malformed escapes and brackets are taken literally.
 * Source: Customer.io documentation, "Backfill historical data".
 */
export const parseForm = (text: string): Record<string, unknown> => {
  const fields = noFields();
  // A question mark at the beginning, which URLSearchParams drops, would belong to the first name.
  for (const [name, value] of new URLSearchParams(`?${text}`)) set(fields, keysOf(name), value);
  return fields;
};
