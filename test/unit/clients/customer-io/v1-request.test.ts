import fc from 'fast-check';
import { operationOfV1 } from '#shared/clients/customer-io/v1-request.ts';

type Fields = Record<string, unknown>;

const requested = (method: string, path: string, body: Fields = {}) => operationOfV1(method, path, body);

const operationOf = (method: string, path: string, body: Fields = {}): Fields => {
  const result = requested(method, path, body);
  if (result?.kind !== 'operation') throw new Error(`No operation: ${JSON.stringify(result)}`);
  return JSON.parse(JSON.stringify(result.operation));
};

const EMAIL_PERSON = { type: 'person', identifiers: { email: 'r1+tag@example.com' } };
const ID_PERSON = { type: 'person', identifiers: { id: 'u1' } };

describe('requests that clients send', () => {
  it.each<[string, string, string, Fields, Fields]>([
    [
      'an identify',
      'PUT',
      'customers/u1',
      { email: 'a@b.co', created_at: 1677906367, _timestamp: 1677906367, anonymous_id: 'anon' },
      {
        ...ID_PERSON,
        action: 'identify',
        attributes: { email: 'a@b.co', created_at: 1677906367, _timestamp: 1677906367, anonymous_id: 'anon' },
      },
    ],
    [
      'an event of node',
      'POST',
      'customers/r1%2Btag%40example.com/events',
      { name: 'purchased', data: { price: 1 }, timestamp: 1677906367, id: '01H5Q5SZVQDJ71SBME2SMDXS88' },
      {
        ...EMAIL_PERSON,
        action: 'event',
        name: 'purchased',
        id: '01H5Q5SZVQDJ71SBME2SMDXS88',
        timestamp: 1677906367,
        attributes: { price: 1 },
      },
    ],
    [
      'an event of Go without data',
      'POST',
      'customers/u1/events',
      { name: 'purchased', data: null },
      { ...ID_PERSON, action: 'event', name: 'purchased', attributes: {} },
    ],
    [
      'a page view of node',
      'POST',
      'customers/u1/events',
      { type: 'page', name: 'https://example.com/pricing' },
      { ...ID_PERSON, action: 'page', name: 'https://example.com/pricing', attributes: {} },
    ],
    [
      'a page view of Python',
      'POST',
      'customers/u1/events',
      { type: 'page', name: 'https://example.com/pricing', data: { referrer: 'x' } },
      { ...ID_PERSON, action: 'page', name: 'https://example.com/pricing', attributes: { referrer: 'x' } },
    ],
    [
      'a screen view',
      'POST',
      'customers/u1/events',
      { type: 'screen', name: 'homepage' },
      { ...ID_PERSON, action: 'screen', name: 'homepage', attributes: {} },
    ],
    [
      'an event of a type that Customer.io does not know',
      'POST',
      'customers/u1/events',
      { type: 'socks', name: 'purchased' },
      { ...ID_PERSON, action: 'event', name: 'purchased', attributes: {} },
    ],
    [
      'an anonymous event',
      'POST',
      'events',
      { name: 'watched', data: {}, timestamp: 1677906367, anonymous_id: 'anon' },
      {
        type: 'person',
        action: 'event',
        identifiers: { anonymous_id: 'anon' },
        name: 'watched',
        timestamp: 1677906367,
        attributes: {},
      },
    ],
    [
      'an invite event',
      'POST',
      'events',
      { name: 'invited', anonymous_id: null, data: { recipient: 'Sarah@example.com' } },
      {
        type: 'person',
        action: 'event',
        identifiers: { email: 'Sarah@example.com' },
        name: 'invited',
        attributes: { recipient: 'Sarah@example.com' },
      },
    ],
    [
      'a device of node',
      'PUT',
      'customers/u1/devices',
      { device: { id: 'tok', platform: 'ios', last_used: 1677906367, attributes: { app_version: '1' } } },
      {
        ...ID_PERSON,
        action: 'add_device',
        device: { platform: 'ios', last_used: 1677906367, attributes: { app_version: '1' }, token: 'tok' },
      },
    ],
    [
      'a device of Go',
      'PUT',
      'customers/u1/devices',
      { device: { id: 'tok', platform: 'android', last_used: '1677906367' } },
      {
        ...ID_PERSON,
        action: 'add_device',
        device: { platform: 'android', last_used: '1677906367', token: 'tok' },
      },
    ],
    [
      'the end of a device',
      'DELETE',
      'customers/u1/devices/a%2Fb%3Ac',
      {},
      { ...ID_PERSON, action: 'delete_device', device: { token: 'a/b:c' } },
    ],
    ['a deletion', 'DELETE', 'customers/u1', {}, { ...ID_PERSON, action: 'delete' }],
    ['a suppression', 'POST', 'customers/u1/suppress', {}, { ...ID_PERSON, action: 'suppress' }],
    ['its end', 'POST', 'customers/u1/unsuppress', {}, { ...ID_PERSON, action: 'unsuppress' }],
    [
      'a merge',
      'POST',
      'merge_customers',
      { primary: { id: 'u1' }, secondary: { email: 'a@b.co' } },
      { type: 'person', action: 'merge', primary: { id: 'u1' }, secondary: { email: 'a@b.co' } },
    ],
  ])('%s', (_case, method, path, body, expected) => {
    expect(operationOf(method, path, body)).toEqual(expected);
  });
});

describe('the identifier of a path', () => {
  it.each<[string, Fields]>([
    ['u1', { id: 'u1' }],
    ['42', { id: '42' }],
    ['r1%2Btag%40example.com', { email: 'r1+tag@example.com' }],
    ['u%2F1+a@b.c', { email: 'u/1+a@b.c' }],
    ['u/1+a@b.c', { email: 'u/1+a@b.c' }],
    ['PERSON@example.com', { email: 'PERSON@example.com' }],
    ['cio_03000001', { cio_id: '03000001' }],
    ['cio_', { id: 'cio_' }],
    ['cio_a-b', { id: 'cio_a-b' }],
    ['%2B14155552671', { id: '+14155552671' }],
    ['a%2520b', { id: 'a%20b' }],
    ['a%zz', { id: 'a%zz' }],
    ['a%2Fb/c%zz', { id: 'a/b/c%zz' }],
    ['a%FF', { id: 'a%FF' }],
    ['a%2Fevents', { id: 'a/events' }],
    ['events', { id: 'events' }],
    ['a/b', { id: 'a/b' }],
    ['%C3%A9', { id: 'é' }],
    ['a%0Ab', { id: 'a\nb' }],
  ])('%s', (segment, identifiers) => {
    const identified = operationOf('PUT', `customers/${segment}`);
    const slash = operationOf('PUT', `customers/${segment}/`);
    const event = operationOf('POST', `customers/${segment}/events`, { name: 'x' });
    const device = operationOf('DELETE', `customers/${segment}/devices/tok`);

    const all = [identified, slash, event, device].map((operation) => operation['identifiers']);
    expect(all).toEqual([identifiers, identifiers, identifiers, identifiers]);
    expect(device['device']).toEqual({ token: 'tok' });
  });

  it('is any id, percent-encoded', () => {
    const id = fc
      .string({ minLength: 1, unit: 'grapheme' })
      .filter((text) => text === text.trim() && text !== '' && !/^cio_|@/.test(text) && text !== '.');
    fc.assert(
      fc.property(id, (text) => {
        const { identifiers } = operationOf('POST', `customers/${encodeURIComponent(text)}/events`);

        expect(identifiers).toEqual({ id: text });
      }),
    );
  });
});

describe('a request that breaks a rule of its own is rejected', () => {
  const LONG_DATA = { a: 'x'.repeat(100_000) };

  it.each<[string, string, Fields, string, string]>([
    ['PUT', 'customers/%20', {}, 'id', 'id attribute must be present'],
    ['POST', 'customers//events', { name: 'x' }, 'id', 'id attribute must be present'],
    ['DELETE', 'customers//devices/tok', {}, 'id', 'id attribute must be present'],
    ['PUT', `customers/${'x'.repeat(257)}`, {}, 'id', 'id must be a string of 1 to 256 bytes'],
    ['POST', 'customers/u1/events', { name: 'x', data: 'y' }, 'data', 'event data must be a hash'],
    ['POST', 'customers/u1/events', { name: 'x', data: [1] }, 'data', 'event data must be a hash'],
    [
      'POST',
      'customers/u1/events',
      { name: 'x', data: LONG_DATA },
      'data',
      'event data cannot be longer than 100000 bytes',
    ],
    [
      'POST',
      'events',
      { name: 'x' },
      'anonymous_id',
      'anonymous_id must be present, or data.recipient an email address',
    ],
    [
      'POST',
      'events',
      { name: 'x', data: { recipient: '{{customer.email}}' } },
      'anonymous_id',
      'anonymous_id must be present, or data.recipient an email address',
    ],
    [
      'POST',
      'events',
      { name: 'x', anonymous_id: ' ' },
      'anonymous_id',
      'anonymous_id must be a string of 1 to 256 bytes',
    ],
    ['PUT', 'customers/u1/devices', { device: 'tok' }, 'device', 'device must be an object'],
    ['PUT', 'customers/u1/devices', {}, 'device.id', 'device.id must be a string of 1 to 4096 characters'],
    [
      'PUT',
      'customers/u1/devices',
      { device: { token: 'tok' } },
      'device.id',
      'device.id must be a string of 1 to 4096 characters',
    ],
    [
      'POST',
      'merge_customers',
      { primary: { id: 'u1', email: 'a@b.co' }, secondary: { id: 'u2' } },
      'primary',
      'primary must have exactly one of id, email, cio_id',
    ],
    [
      'POST',
      'merge_customers',
      { primary: { id: 'u1' }, secondary: { phone: '+14155552671' } },
      'secondary',
      'secondary must have exactly one of id, email, cio_id',
    ],
    [
      'POST',
      'merge_customers',
      { primary: { id: 'u1' }, secondary: { email: 'x' } },
      'secondary.email',
      'secondary.email is not a valid email address',
    ],
  ])('%s %s %j', (method, path, body, field, reason) => {
    expect(requested(method, path, body)).toEqual({ kind: 'rejected', field, reason });
  });
});

describe('a request that the Track API does not have', () => {
  it.each([
    ['GET', 'customers/u1'],
    ['PUT', 'customers/u1/events'],
    ['PUT', 'customers/u1/devices/tok'],
    ['POST', 'customers'],
    ['POST', 'customers/'],
    ['GET', 'accounts/region'],
    ['POST', 'metrics'],
    ['POST', 'push/events'],
    ['POST', 'forms/1/submit'],
    ['GET', 'events'],
    ['PUT', 'merge_customers'],
    ['POST', ''],
    ['POST', 'constructor'],
  ])('%s %s is none', (method, path) => {
    expect(requested(method, path)).toBeUndefined();
  });
});
