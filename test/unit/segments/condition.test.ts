import { type Condition, satisfies, valueAtPath } from '#shared/segments/condition.ts';

describe('a condition', () => {
  it.each<[unknown, Condition, boolean]>([
    ['pro', { equals: 'pro' }, true],
    ['Pro', { equals: 'pro' }, false],
    ['1', { equals: 1 }, false],
    [1, { equals: 1 }, true],
    [null, { equals: null }, true],
    [undefined, { equals: null }, false],
    [false, { equals: false }, true],
    [0, { equals: false }, false],
    [['pro'], { equals: 'pro' }, false],
    ['summer sale', { contains: 'sale' }, true],
    ['summer', { contains: 'sale' }, false],
    ['12', { contains: 1 }, false],
    [['a', 1, null], { contains: 1 }, true],
    [['a', 1, null], { contains: null }, true],
    [['ab'], { contains: 'a' }, false],
    [{ a: 1 }, { contains: 'a' }, false],
    [undefined, { contains: 'a' }, false],
    ['', { exists: true }, true],
    [null, { exists: true }, true],
    [undefined, { exists: true }, false],
    [undefined, { exists: false }, true],
    [null, { exists: false }, false],
    [5, { atLeast: 5 }, true],
    [4.9, { atLeast: 5 }, false],
    ['6', { atLeast: 5 }, false],
    [undefined, { atLeast: -1 }, false],
    [null, { atMost: 1 }, false],
    [5, { atMost: 5 }, true],
    [5.1, { atMost: 5 }, false],
    [7, { atLeast: 5, atMost: 8 }, true],
    [9, { atLeast: 5, atMost: 8 }, false],
    ['pro plan', { contains: 'pro', equals: 'pro' }, false],
  ])('of %j and %j is %s', (value, condition, expected) => {
    expect(satisfies(value, condition)).toBe(expected);
  });
});

describe('a path', () => {
  const value: unknown = JSON.parse(
    '{"a": {"b": [{"c": 1}]}, "__proto__": {"d": 2}, "n": null, "text": "abc", "toString": 3, "": 4}',
  );

  it.each([
    ['a.b.0.c', 1],
    ['__proto__.d', 2],
    ['n', null],
    ['toString', 3],
    ['n.x', undefined],
    ['text.length', undefined],
    ['text.0', undefined],
    ['a.b.length', undefined],
    ['a.b.00', undefined],
    ['a.b.1', undefined],
    ['a.constructor', undefined],
    ['a.__proto__', undefined],
    ['hasOwnProperty', undefined],
  ])('%s leads to %j', (path, expected) => {
    expect(valueAtPath(value, path.split('.'))).toEqual(expected);
  });

  it.each([undefined, null, 1, 'text'])('leads to undefined in %j', (nothing) => {
    expect(valueAtPath(nothing, ['a'])).toBeUndefined();
  });
});
