import { aPage, messageOf, metadataOf, nested, reasonOf } from '#test/support/segment-messages.ts';

describe('a page or a screen', () => {
  it('becomes a view of a page', () => {
    const { event } = messageOf(
      aPage({
        name: 'Pricing',
        category: 'Docs',
        properties: {
          category: 'Docs',
          url: 'https://shop.example.com/pricing',
          title: 'Prices',
          referrer: 'https://search.example.com',
        },
        context: { ip: '192.0.2.1', library: { name: 'x' } },
      }),
    );

    expect(event).toMatchObject({ kind: 'web', type: 'page_view' });
    expect(event?.metadata).toBe(
      '{"name":"Pricing","category":"Docs","url":"https://shop.example.com/pricing","title":"Prices",' +
        '"properties":{"referrer":"https://search.example.com"},"context":{"ip":"192.0.2.1"}}',
    );
  });

  it.each([
    ['nothing', {}, undefined],
    ['nulls', { name: null, category: '', properties: null }, undefined],
    ['a screen', { type: 'screen', name: 'Home' }, { name: 'Home', screen: true }],
    ['a screen alone', { type: 'screen' }, { screen: true }],
    [
      'a name among the properties',
      { properties: { name: 'Home', a: 1 } },
      { name: 'Home', properties: { a: 1 } },
    ],
    [
      'another name among the properties',
      { name: 'Home', properties: { name: 'Start' } },
      { name: 'Home', properties: { name: 'Start' } },
    ],
    ['a name that is a number', { name: 404 }, { name: 404 }],
    ['null for a name at the root', { name: null, properties: { name: 'Home' } }, { name: 'Home' }],
    ['an address that is no text', { properties: { url: ['x'] } }, { properties: { url: ['x'] } }],
    ['an address at the root, where there is none', { url: 'x' }, undefined],
    ['empty text', { properties: { title: '' } }, { properties: { title: '' } }],
  ])('with %s has this metadata', (_case, fields, metadata) => {
    expect(metadataOf(aPage(fields))).toEqual(metadata);
  });

  it.each([
    [{ name: {} }, 'name must be a string'],
    [{ category: true }, 'category must be a string'],
    [{ properties: 'x' }, 'properties must be an object'],
    [{ properties: nested(99) }, 'valid'],
    [{ properties: nested(100) }, 'properties must be nested at most 99 levels deep'],
  ])('must have valid fields', (fields, reason) => {
    expect(reasonOf(aPage(fields))).toBe(reason);
    expect(reasonOf(aPage({ ...fields, type: 'screen' }))).toBe(reason);
  });
});
