import { NOW } from '#test/support/builders.ts';
import { anOperation, messageOf, translated } from '#test/support/customer-io.ts';

const anEvent = (overrides: object = {}) => anOperation({ action: 'event', name: 'purchased', ...overrides });

const eventOf = (operation: unknown) => {
  const { event } = messageOf(operation);
  return { kind: event?.kind, type: event?.type, metadata: JSON.parse(event?.metadata ?? 'null') };
};

describe('an event', () => {
  it('is a named event with its attributes as metadata', () => {
    const message = messageOf(
      anEvent({
        id: '01H5Q5SZVQDJ71SBME2SMDXS88',
        timestamp: 1677906367,
        attributes: { price: JSON.rawJSON('23.40'), from_address: 'a@b.co', recipient: 'b@b.co' },
      }),
    );

    expect(message).toEqual({
      id: '01H5Q5SZVQDJ71SBME2SMDXS88',
      names: { userId: 'u1' },
      at: 1677906367_000,
      event: {
        kind: 'track',
        type: 'purchased',
        metadata: '{"price":23.40,"from_address":"a@b.co","recipient":"b@b.co"}',
        canonicalMetadata: '{"from_address":"a@b.co","price":23.40,"recipient":"b@b.co"}',
      },
    });
  });

  it.each([[undefined], [null], [{}], [[]]])('with the attributes %j has no metadata', (attributes) => {
    const { event } = messageOf(anEvent({ attributes }));

    expect(event).toEqual({ kind: 'track', type: 'purchased' });
  });

  it.each([
    [' purchased ', 'purchased'],
    ['x'.repeat(100), 'x'.repeat(100)],
    ['é'.repeat(50), 'é'.repeat(50)],
    ['constructor', 'constructor'],
  ])('named %j is of the type %j', (name, type) => {
    expect(eventOf(anEvent({ name })).type).toBe(type);
  });

  it.each<[unknown, number]>([
    [undefined, NOW],
    [null, NOW],
    [1677906367, 1677906367_000],
    ['1677906367', 1677906367_000],
    [JSON.rawJSON('1677906367.0'), 1677906367_000],
    [1677906367123, 1677906367_123],
  ])('of the time %j was at %d', (timestamp, at) => {
    expect(messageOf(anEvent({ timestamp })).at).toBe(at);
  });
});

describe('the id of an event', () => {
  it.each([
    [undefined, undefined],
    [null, undefined],
    ['', undefined],
    ['x', 'x'],
    ['x'.repeat(128), 'x'.repeat(128)],
  ])('%j is kept as %j', (sent, id) => {
    expect(messageOf(anEvent({ id: sent })).id).toBe(id);
  });
});

describe('a view', () => {
  it.each([
    ['page', 'https://example.com/pricing', undefined, { url: 'https://example.com/pricing' }],
    ['page', ' HTTP://example.com ', {}, { url: 'HTTP://example.com' }],
    [
      'page',
      '/pricing',
      { referrer: 'https://example.com' },
      { name: '/pricing', properties: { referrer: 'https://example.com' } },
    ],
    [
      'page',
      'https://example.com/pricing',
      { title: 'Prices', url: 'https://example.com/pricing', name: 'Pricing', path: '/pricing' },
      {
        url: 'https://example.com/pricing',
        title: 'Prices',
        name: 'Pricing',
        properties: { path: '/pricing' },
      },
    ],
    [
      'page',
      'Pricing',
      { name: 'Other', url: 7 },
      { name: 'Pricing', properties: { name: 'Other', url: 7 } },
    ],
    ['page', `https://example.com/${'x'.repeat(200)}`, {}, { url: `https://example.com/${'x'.repeat(200)}` }],
    ['screen', 'homepage', undefined, { name: 'homepage', screen: true }],
    ['screen', 'homepage', { screen: 1 }, { name: 'homepage', properties: { screen: 1 }, screen: true }],
  ])('of a %s %j with %j', (action, name, attributes, metadata) => {
    expect(eventOf(anEvent({ action, name, attributes }))).toEqual({
      kind: 'web',
      type: 'page_view',
      metadata,
    });
  });
});

describe('an event is rejected', () => {
  const DEEP = JSON.parse(`${'['.repeat(100)}${']'.repeat(100)}`);

  it.each<[object, string, string]>([
    [{ name: undefined }, 'name', 'event name must not be blank'],
    [{ name: null }, 'name', 'event name must not be blank'],
    [{ name: '  ' }, 'name', 'event name must not be blank'],
    [{ name: 7 }, 'name', 'event name must be a string without lone surrogates'],
    [{ name: 'a\ud800' }, 'name', 'event name must be a string without lone surrogates'],
    [{ name: 'x'.repeat(101) }, 'name', 'event name cannot be longer than 100 bytes'],
    [{ name: 'é'.repeat(51) }, 'name', 'event name cannot be longer than 100 bytes'],
    [{ action: 'page', name: '' }, 'name', 'event name must not be blank'],
    [{ id: 7 }, 'id', 'id must be a string of 1 to 128 characters'],
    [{ id: 'x'.repeat(129) }, 'id', 'id must be a string of 1 to 128 characters'],
    [{ timestamp: {} }, 'timestamp', 'timestamp is not a valid ISO 8601 timestamp or unix time'],
    [{ timestamp: '1359389415' }, 'timestamp', 'timestamp is more than 10 years in the past'],
    [{ attributes: [1] }, 'attributes', 'event data must be a hash'],
    [{ attributes: 'x' }, 'attributes', 'event data must be a hash'],
    [{ attributes: { a: DEEP } }, 'attributes', 'attributes must be nested at most 99 levels deep'],
    [
      { attributes: { a: 'x'.repeat(100_000) } },
      'attributes',
      'event data cannot be longer than 100000 bytes',
    ],
  ])('%j', (fields, field, reason) => {
    expect(translated(anEvent(fields))).toEqual([{ kind: 'rejected', field, reason }]);
  });
});
