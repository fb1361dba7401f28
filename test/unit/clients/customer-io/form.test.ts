import fc from 'fast-check';
import { parseForm } from '#shared/clients/customer-io/form.ts';
import { isNestedWithin } from '#shared/json/lossless-json.ts';

/** Plain objects, whose keys do not depend on prototypes. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('a form', () => {
  it.each([
    [
      'name=purchased&data[price]=23.45&timestamp=1359389415',
      { name: 'purchased', data: { price: '23.45' }, timestamp: '1359389415' },
    ],
    ['data%5Bprice%5D=23.45', { data: { price: '23.45' } }],
    ['data[a][b]=1&data[a][c]=2', { data: { a: { b: '1', c: '2' } } }],
    ['data[list][]=x&data[list][]=y', { data: { list: ['x', 'y'] } }],
    ['list[][a]=1&list[][b]=2&list[][a]=3', { list: [{ a: '1', b: '2' }, { a: '3' }] }],
    ['list[][a][b]=1&list[][a][c]=2', { list: [{ a: { b: '1', c: '2' } }] }],
    ['list[][a][]=1&list[][a][]=2', { list: [{ a: ['1', '2'] }] }],
    ['list[][]=1&list[][]=2', { list: [['1'], ['2']] }],
    ['list[0]=x', { list: { 0: 'x' } }],
    [
      'name=New+sale%21&email=sarah%2Btag%40example.com',
      { name: 'New sale!', email: 'sarah+tag@example.com' },
    ],
    ['a=1&a=2', { a: '2' }],
    ['a=1&a[b]=2', { a: { b: '2' } }],
    ['a[b]=2&a[]=1', { a: ['1'] }],
    ['a[b]=2&a=1', { a: '1' }],
    ['a&b=', { a: '', b: '' }],
    ['a=x=y', { a: 'x=y' }],
    ['?a=1', { '?a': '1' }],
    ['a=%zz&%=1', { a: '%zz', '%': '1' }],
    [
      'a[b=1&[a]=2&a]b=3&a[b]c=4&a[[b]]=5&=6',
      { 'a[b': '1', '[a]': '2', 'a]b': '3', 'a[b]c': '4', 'a[[b]]': '5', '': '6' },
    ],
    ['', {}],
    ['&&', {}],
  ])('%s', (text, expected) => {
    expect(plain(parseForm(text))).toEqual(expected);
  });

  it.each([
    '__proto__[polluted]=1',
    'constructor[prototype][polluted]=1',
    'a[__proto__][polluted]=1',
    'a[][__proto__][polluted]=1',
  ])('%s leaves all other objects as they are', (text) => {
    const fields = parseForm(text);

    expect(JSON.stringify(fields)).toContain('"polluted":"1"');
    expect('polluted' in {} || 'polluted' in Object || 'polluted' in []).toBe(false);
  });

  it.each([
    ['names', `a${'[b]'.repeat(100_000)}=1`],
    ['lists', `a${'[]'.repeat(100_000)}=1`],
    ['names and no end', `a${'[b]'.repeat(100_000)}[=1`],
  ])('has a bounded depth, whatever the number of brackets around %s', (_case, text) => {
    const fields = parseForm(text);

    expect(isNestedWithin(21, fields)).toBe(true);
    expect(JSON.stringify(fields)).toContain('"1"');
  });

  const key = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => !/[[\]]/.test(text));
  const { value: nested } = fc.letrec<{ value: unknown; fields: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', maxDepth: 4 },
      fc.string({ unit: 'grapheme' }),
      fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 3 }),
      tie('fields'),
    ),
    fields: fc.dictionary(key, tie('value'), { minKeys: 1, maxKeys: 3, noNullPrototype: false }),
  }));

  const pairsOf = (name: string, value: unknown): [string, string][] => {
    if (typeof value === 'string') return [[name, value]];
    if (Array.isArray(value)) return value.flatMap((each) => pairsOf(`${name}[]`, each));
    return Object.entries(value as object).flatMap(([inner, each]) => pairsOf(`${name}[${inner}]`, each));
  };

  it('is read as it was printed', () => {
    fc.assert(
      fc.property(fc.dictionary(key, nested), (fields) => {
        const pairs = Object.entries(fields).flatMap(([name, value]) => pairsOf(name, value));
        const text = new URLSearchParams(pairs).toString();

        expect(plain(parseForm(text))).toEqual(plain(fields));
      }),
    );
  });

  it('is read whatever it is', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', '[', ']', '=', '&', '%', '+', '[]', '_') }),
        (text) => {
          expect(isNestedWithin(30, parseForm(text))).toBe(true);
        },
      ),
    );
  });
});
