import { objectGroupId } from '#shared/clients/object-group.ts';

describe('the company of an object of Customer.io', () => {
  it.each([
    [undefined, 'acme', 'acme'],
    ['1', 'acme', 'acme'],
    ['2', 'acme', '2:acme'],
    ['10', '1', '10:1'],
  ])('of type %s with the id %s is %s', (typeId, objectId, expected) => {
    expect(objectGroupId(typeId, objectId)).toBe(expected);
  });
});
