import fc from 'fast-check';
import {
  canonicalJson,
  isJsonObject,
  isNestedWithin,
  numberOf,
  parseLossless,
} from '#shared/json/lossless-json.ts';

const reprinted = (text: string): string => JSON.stringify(parseLossless(text));

describe('parseLossless preserves the notation of every number', () => {
  it.each([
    '12345678901234567890',
    '-12345678901234567890',
    '1.0',
    '1.10',
    '-0',
    '-0.0',
    '0.1',
    '0.30000000000000004',
    '0.300000000000000040',
    '3.141592653589793238462643383279',
    '1e400',
    '-1E400',
    '1e-400',
    '1e5',
    '1E5',
    '1e+21',
    '1e21',
    '5e-324',
    '100',
    '0',
  ])('%s', (number) => {
    const texts = [`{"a":${number}}`, `[${number}]`, `[${number},${number}]`, `{"a":[1,${number},"x"]}`];

    const printed = texts.map(reprinted);

    expect(printed).toEqual(texts);
  });

  it.each([
    ['adjacent numbers in an array', '[1.0,2.0]'],
    ['nested arrays', '[[1.0],[[2.00,-0]]]'],
    ['a number beyond double precision among others', '{"a":1,"b":{"c":12345678901234567890},"d":[0.1,2]}'],
    ['a string that looks like a number', '{"a":"1.0","b":"[1.0,2.0]"}'],
    ['a string that looks like a member', '{"a":":1.0,","b":1.0}'],
    ['a string with escaped quotes around a number', '{"a":"\\":1.0,\\"","b":1}'],
    ['a __proto__ key', '{"__proto__":{"a":1.0},"constructor":2}'],
    ['a __proto__ key without such numbers', '{"__proto__":{"a":1},"constructor":2}'],
    [
      'null, booleans, empty strings, arrays and objects',
      '{"a":null,"b":true,"c":false,"d":"","e":[],"f":{}}',
    ],
    ['characters beyond the basic plane', '{"ключ":"😀","é":1.0}'],
    ['a lone surrogate', '{"a":"\\ud800","b":1.0}'],
  ])('%s', (_case, text) => {
    expect(reprinted(text)).toBe(text);
  });

  it('accepts white space around numbers', () => {
    const text = '{ "a" :\n 1.0 , "b"\t:\r\n[ 2.0 ,\t-0\n] }';

    expect(reprinted(text)).toBe('{"a":1.0,"b":[2.0,-0]}');
  });

  it('returns a plain number if a double preserves its notation', () => {
    const parsed = parseLossless('{"a":1.0,"b":0.5}') as Record<string, unknown>;

    expect(parsed['b']).toBe(0.5);
    expect(JSON.isRawJSON(parsed['a'])).toBe(true);
  });

  it('does not let a __proto__ key change the prototype', () => {
    const parsed = parseLossless('{"__proto__":{"contactEmail":"a@b.co","n":1.0}}') as object;

    expect('contactEmail' in parsed).toBe(false);
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
  });

  it.each(['', '{', '{"a":01}', '{"a":1.}', '{"a":+1}', "{'a':1}", '{"a":NaN}', '[1.0,]', '{"a":1.0} x'])(
    'throws a SyntaxError for %j',
    (text) => {
      expect(() => parseLossless(text)).toThrow(expect.objectContaining({ name: 'SyntaxError' }));
    },
  );
});

describe('parseLossless for any JSON', () => {
  const digits = fc.stringMatching(/^(0|[1-9]\d{0,24})$/);
  const number = fc
    .tuple(
      fc.constantFrom('', '-'),
      digits,
      fc.oneof(fc.constant(''), fc.stringMatching(/^\.\d{1,20}$/)),
      fc.oneof(fc.constant(''), fc.stringMatching(/^[eE][+-]?\d{1,3}$/)),
    )
    .map((parts) => parts.join(''));
  const string = fc
    .oneof(fc.string({ unit: 'binary' }), fc.constantFrom(':1.0,', '[1.0]', '","a":1.0,"', '\\'))
    .map((text) => JSON.stringify(text));
  // A name that is a whole number would be moved to the front, as in any JavaScript object.
  const name = fc
    .string({ maxLength: 8 })
    .filter((text) => !/^\d+$/.test(text))
    .map((text) => JSON.stringify(text));
  const { value } = fc.letrec<{ value: string; array: string; object: string }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      number,
      string,
      fc.constantFrom('null', 'true', 'false'),
      tie('array'),
      tie('object'),
    ),
    array: fc.array(tie('value'), { maxLength: 5 }).map((values) => `[${values.join(',')}]`),
    object: fc
      .uniqueArray(fc.tuple(name, tie('value')), { selector: ([key]) => key, maxLength: 5 })
      .map((members) => `{${members.map(([key, member]) => `${key}:${member}`).join(',')}}`),
  }));

  it('prints the minified text again, byte for byte', () => {
    fc.assert(
      fc.property(value, (text) => {
        const body = `{"value":${text}}`;

        expect(reprinted(body)).toBe(body);
      }),
      { numRuns: 500 },
    );
  });

  it('has the same values as JSON.parse', () => {
    const plain = (parsed: unknown): unknown => {
      if (Array.isArray(parsed)) return parsed.map(plain);
      if (!isJsonObject(parsed)) return numberOf(parsed) ?? parsed;
      return Object.fromEntries(Object.entries(parsed).map(([key, member]) => [key, plain(member)]));
    };

    fc.assert(
      fc.property(value, (text) => {
        const body = `{"value":${text}}`;

        expect(plain(parseLossless(body))).toEqual(plain(JSON.parse(body)));
      }),
    );
  });
});

describe('parseLossless of a value that is too deep for a reviver', () => {
  const LEVELS = 100_000;
  const deep = (before: string, after: string) => before.repeat(LEVELS) + after.repeat(LEVELS);

  it.each([
    ['arrays', deep('[', ']')],
    ['objects', `${deep('{"a":', '}').replace(':}', ':1.0}')}`],
    ['brackets in strings', `[${'["]]]}}}\\"[[[{{{",'.repeat(LEVELS)}1.0${']'.repeat(LEVELS + 1)}`],
  ])('keeps every number and text outside of it: %s', (_what, value) => {
    const parsed = parseLossless(
      `[{"a":1.0},{"b":["]",2.50]},{"deep":${value},"c":-0},[1e400]]`,
    ) as unknown[];

    const { deep: tooDeep, ...rest } = parsed[2] as Record<string, unknown>;
    expect(isNestedWithin(200, tooDeep)).toBe(false);
    expect(JSON.stringify([parsed[0], parsed[1], rest, parsed[3]])).toBe(
      '[{"a":1.0},{"b":["]",2.50]},{"c":-0},[1e400]]',
    );
  });

  it('keeps values that are next to each other', () => {
    const value = deep('[', ']');

    const parsed = parseLossless(`{"x":[${value},3.0,${value}],"y":4.0}`) as Record<string, unknown>;

    const [first, between, last] = parsed['x'] as unknown[];
    expect([isNestedWithin(200, first), isNestedWithin(200, last)]).toEqual([false, false]);
    expect(JSON.stringify([between, parsed['y']])).toBe('[3.0,4.0]');
  });

  it('throws a SyntaxError if it is not JSON', () => {
    expect(() => parseLossless(`[1.0,${'['.repeat(LEVELS)}]`)).toThrow(SyntaxError);
  });
});

describe('numberOf', () => {
  it.each([
    ['1.0', 1],
    ['0.5', 0.5],
    ['1e400', Number.POSITIVE_INFINITY],
    ['"1"', undefined],
    ['null', undefined],
    ['true', undefined],
    ['{}', undefined],
    ['{"rawJSON":"1"}', undefined],
    ['[1]', undefined],
  ])('of %s is %s', (text, expected) => {
    const { a } = parseLossless(`{"a":${text}}`) as { a: unknown };

    expect(numberOf(a)).toBe(expected);
  });
});

describe('isJsonObject', () => {
  it.each([
    ['{}', true],
    ['{"rawJSON":"1"}', true],
    ['[]', false],
    ['null', false],
    ['1', false],
    ['1.0', false],
    ['"{}"', false],
  ])('of %s is %s', (text, expected) => {
    const { a } = parseLossless(`{"a":${text}}`) as { a: unknown };

    expect(isJsonObject(a)).toBe(expected);
  });
});

describe('canonicalJson', () => {
  /** The same value with the keys of each object in reverse order. */
  const reversed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(reversed);
    if (typeof value !== 'object' || value === null || JSON.isRawJSON(value)) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, inner]) => [key, reversed(inner)]),
    );
  };

  it('is the same text for any order of keys, and JSON of the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);

        expect(canonicalJson(reversed(value))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['{"a":1,"b":{"c":2,"d":3}}', '{"a":1,"b":{"c":2,"d":3}}'],
    ['{"b":1,"a":{"d":2,"c":3}}', '{"a":{"c":3,"d":2},"b":1}'],
    ['[{"b":1,"a":2}, 1.0]', '[{"a":2,"b":1},1.0]'],
    // Objects list integer-like keys first, in numeric order; the canonical text does not.
    ['{"10":1,"9":2,"a":3}', '{"10":1,"9":2,"a":3}'],
    ['{"9":2,"10":1}', '{"10":1,"9":2}'],
    ['{"a":12345678901234567890}', '{"a":12345678901234567890}'],
  ])('of %s is %s', (sent, expected) => {
    expect(canonicalJson(parseLossless(sent))).toBe(expected);
  });
});
