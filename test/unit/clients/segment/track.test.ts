import {
  aTrack,
  messageOf,
  metadataOf,
  nested,
  reasonOf,
  SENT_AT,
  translatedText,
} from '#test/support/segment-messages.ts';

const INVALID_EVENT = 'event must be a string of 1 to 128 characters';

describe('a track', () => {
  it('becomes an event by its name', () => {
    const message = messageOf(aTrack({ properties: { value: 9.5, orderId: 'ORD-1' } }));

    expect(message).toEqual({
      id: 'message-1',
      names: { userId: 'user-17' },
      at: SENT_AT,
      event: {
        kind: 'track',
        type: 'Purchased',
        metadata: '{"value":9.5,"orderId":"ORD-1"}',
        canonicalMetadata: '{"orderId":"ORD-1","value":9.5}',
      },
    });
  });

  it.each([
    ['Email Delivered', 'delivered'],
    ['Email Opened', 'opened'],
    ['Email Link Clicked', 'clicked'],
    ['Email Bounced', 'bounced'],
    ['Email Marked as Spam', 'complained'],
    ['Unsubscribed', 'unsubscribed'],
  ])('named %s is an email event: %s', (name, type) => {
    const { event } = messageOf(aTrack({ event: name, properties: { campaign_id: 4 } }));

    expect(event).toMatchObject({ kind: 'email', type, metadata: '{"campaign_id":4}' });
  });

  it.each([
    ['email opened'],
    [' Email Opened'],
    ['Email Sent'],
    ['Report Delivery Event'],
    ['Report Content Event'],
    [' '],
    ['x'.repeat(128)],
    ['constructor'],
  ])('keeps the name %j', (name) => {
    expect(messageOf(aTrack({ event: name })).event).toEqual({ kind: 'track', type: name });
  });

  it.each([
    [undefined, 'event is required'],
    [null, 'event is required'],
    ['', INVALID_EVENT],
    ['x'.repeat(129), INVALID_EVENT],
    [7, INVALID_EVENT],
    [{}, INVALID_EVENT],
  ])('must have a name: %j', (event, reason) => {
    expect(reasonOf(aTrack({ event }))).toBe(reason);
  });

  it.each([
    ['nothing', {}, undefined],
    ['null for all', { properties: null, context: null }, undefined],
    ['empty maps of PHP', { properties: [], context: [] }, undefined],
    ['the library alone', { context: { library: { name: 'analytics-node' } } }, undefined],
    [
      'a context',
      { properties: { a: 1 }, context: { ip: '192.0.2.1', library: {} } },
      { a: 1, context: { ip: '192.0.2.1' } },
    ],
    [
      'a property of its name',
      { properties: { context: null }, context: { ip: '192.0.2.1' } },
      { context: null },
    ],
    [
      'fields of the client',
      { sentAt: 1, channel: 'server', integrations: { All: true }, _metadata: {}, writeKey: 'x' },
      undefined,
    ],
  ])('with %s has this metadata', (_case, fields, metadata) => {
    expect(metadataOf(aTrack(fields))).toEqual(metadata);
  });

  it('keeps numbers and names as they were written', () => {
    const translation = translatedText(
      '{"type":"track","event":"x","userId":"u","properties":{"n":12345678901234567890,"__proto__":{"z":1.0}}}',
    );

    expect(translation).toMatchObject({
      message: { event: { metadata: '{"n":12345678901234567890,"__proto__":{"z":1.0}}' } },
    });
  });

  it.each([
    [{ properties: 'x' }, 'properties must be an object'],
    [{ properties: [1] }, 'properties must be an object'],
    [{ context: 'x' }, 'context must be an object'],
    [{ properties: nested(100) }, 'valid'],
    [{ properties: nested(101) }, 'properties must be nested at most 100 levels deep'],
    [{ context: nested(99) }, 'valid'],
    [{ context: nested(100) }, 'context must be nested at most 99 levels deep'],
  ])('must have objects of at most 100 levels', (fields, reason) => {
    expect(reasonOf(aTrack(fields))).toBe(reason);
  });
});

describe('a track that is an instruction of Customer.io', () => {
  it.each([
    ['User Deleted', 'Erasing contacts is not supported yet'],
    ['User Suppressed', 'Suppressing contacts is not supported yet'],
    ['User Unsuppressed', 'Suppressing contacts is not supported yet'],
    ['Object Deleted', 'Deleting companies is not supported yet'],
  ])('%s is rejected', (event, reason) => {
    expect(reasonOf(aTrack({ event }))).toBe(reason);
  });

  it.each([
    ['properties', { properties: { device: { token: 't1', type: 'ios' } } }, { type: 'ios' }],
    ['the context', { context: { device: { token: 't1', type: 'ios' } } }, { type: 'ios' }],
    ['properties themselves', { properties: { token: 't1', platform: 'ios' } }, { platform: 'ios' }],
    [
      'both, of the same token',
      {
        properties: { plan: 'pro', device: { token: 't1', type: 'android' } },
        context: { device: { token: 't1', type: 'ios', model: 'X' } },
      },
      { type: 'android', model: 'X', plan: 'pro' },
    ],
    [
      'properties, not of the device that sends',
      { properties: { device: { token: 't1' } }, context: { device: { token: 't2', model: 'X' } } },
      {},
    ],
  ])('Device Created or Updated says in %s what is kept of a device', (_case, fields, kept) => {
    const { devices, event } = messageOf(aTrack({ event: 'Device Created or Updated', ...fields }));

    expect([...(devices ?? [])].map(([token, json]) => [token, JSON.parse(json)])).toEqual([['t1', kept]]);
    expect(event).toBeUndefined();
  });

  it('Device Deleted removes a device', () => {
    const { devices } = messageOf(aTrack({ event: 'Device Deleted', context: { device: { token: 't1' } } }));

    expect(devices).toEqual(new Map([['t1', 'null']]));
  });

  it.each([
    [{}, 'device.token is required'],
    [{ device: { token: '' } }, 'device.token is required'],
    [{ device: { token: {} } }, 'device.token is required'],
    [{ device: { token: 'x'.repeat(4_097) } }, 'device.token must be a string of 1 to 4096 characters'],
  ])('about a device must have its token: %j', (properties, reason) => {
    expect(reasonOf(aTrack({ event: 'Device Created or Updated', properties }))).toBe(reason);
    expect(reasonOf(aTrack({ event: 'Device Deleted', properties }))).toBe(reason);
  });

  it.each([
    [{ objectId: 'acme' }, 'acme'],
    [{ objectId: 17, objectTypeId: 1 }, '17'],
    [{ objectId: 'acme', objectTypeId: '2' }, '2:acme'],
    [{ object_id: 'acme', object_type_id: '2' }, '2:acme'],
  ])('Relationship Deleted ends a membership: %j', (properties, groupId) => {
    const { company, event } = messageOf(aTrack({ event: 'Relationship Deleted', properties }));

    expect(company).toEqual({ groupId, traits: new Map(), isMember: false });
    expect(event).toBeUndefined();
  });

  it.each([
    [{}, 'properties.objectId is required'],
    [{ objectId: {} }, 'properties.objectId must be a string of 1 to 256 bytes'],
    [
      { objectId: 'x'.repeat(255), objectTypeId: 2 },
      'properties.objectId must be a string of 1 to 256 bytes',
    ],
    [{ objectId: 'x', objectTypeId: [] }, 'properties.objectTypeId must be a string of 1 to 256 bytes'],
  ])('Relationship Deleted must name an object: %j', (properties, reason) => {
    expect(reasonOf(aTrack({ event: 'Relationship Deleted', properties }))).toBe(reason);
  });
});
