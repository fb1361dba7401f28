import { pathText } from '#shared/http/path-text.ts';

describe('the text of a path parameter', () => {
  it.each([
    ['acme', 'acme'],
    ['a%20b%2Fc', 'a b/c'],
    ['%F0%9F%8F%99', '🏙'],
    ['100%25', '100%'],
    ['100%', '100%'],
    ['%ff', '%ff'],
    [undefined, ''],
  ])('of %j is %j', (parameter, text) => {
    expect(pathText(parameter)).toBe(text);
  });
});
