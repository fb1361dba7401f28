import fc from 'fast-check';
import { parseForm } from '#shared/clients/customer-io/form.ts';
import { translateOperation } from '#shared/clients/customer-io/translate.ts';
import { operationOfV1 } from '#shared/clients/customer-io/v1-request.ts';
import { NOT_SUPPORTED } from '#shared/clients/not-supported.ts';
import { canonicalJson } from '#shared/json/lossless-json.ts';
import { NOW } from '#test/support/builders.ts';
import { anOperation, messageOf, messagesOf, translated } from '#test/support/customer-io.ts';

const anObject = (overrides: object = {}) => ({
  type: 'object',
  action: 'identify',
  identifiers: { object_type_id: '1', object_id: 'acme' },
  ...overrides,
});

const AT = 1677906367_000;

describe('a device', () => {
  it.each([
    [
      'add_device',
      { token: 'tok', platform: 'ios', last_used: 1, attributes: { a: 'b' } },
      '{"platform":"ios","last_used":1,"attributes":{"a":"b"}}',
    ],
    ['add_device', { token: 'tok' }, '{}'],
    ['delete_device', { token: 'tok', platform: 'ios' }, 'null'],
  ])('of %s %j is kept by its token', (action, device, text) => {
    const message = messageOf(anOperation({ action, device, timestamp: AT / 1_000 }));

    expect(message).toEqual({
      id: undefined,
      names: { userId: 'u1' },
      at: AT,
      devices: new Map([['tok', text]]),
    });
  });

  it.each([
    [undefined, 'device.token', 'device.token must be a string of 1 to 4096 characters'],
    ['x', 'device', 'device must be an object'],
    [{}, 'device.token', 'device.token must be a string of 1 to 4096 characters'],
    [{ token: 7 }, 'device.token', 'device.token must be a string of 1 to 4096 characters'],
    [{ token: '' }, 'device.token', 'device.token must be a string of 1 to 4096 characters'],
  ])('%j is rejected', (device, field, reason) => {
    expect(translated(anOperation({ action: 'add_device', device }))).toEqual([
      { kind: 'rejected', field, reason },
    ]);
  });
});

describe('a merge', () => {
  it('makes the secondary person one with the primary', () => {
    const message = messageOf({
      type: 'person',
      action: 'merge',
      primary: { email: 'Cool.Person@company.com' },
      secondary: { cio_id: 'a1' },
    });

    expect(message).toEqual({
      id: undefined,
      names: { email: 'Cool.Person@company.com' },
      at: NOW,
      absorbed: [{ namespace: 'cioId', shown: 'a1' }],
    });
  });

  it.each([
    [{ primary: { id: 'u1' } }, 'secondary', 'secondary must have exactly one of id, email, cio_id'],
    [{ secondary: { id: 'u1' } }, 'primary', 'primary must have exactly one of id, email, cio_id'],
    [
      { primary: { anonymous_id: 'x' }, secondary: { id: 'u1' } },
      'primary',
      'primary must have exactly one of id, email, cio_id',
    ],
    [
      { primary: { id: 'u1', email: 'a@b.co' }, secondary: { id: 'u1' } },
      'primary',
      'primary must have exactly one of id, email, cio_id',
    ],
  ])('of %j is rejected', (fields, field, reason) => {
    const translation = translated({ type: 'person', action: 'merge', ...fields });

    expect(translation).toEqual([{ kind: 'rejected', field, reason }]);
  });
});

describe('relationships of a person', () => {
  it.each([
    ['add_relationships', true],
    ['delete_relationships', false],
  ])('%s: a message for each object', (action, isMember) => {
    const cio_relationships = [
      { identifiers: { object_type_id: '1', object_id: 'acme' } },
      { identifiers: { object_type_id: '3', object_id: 'acme' } },
    ];

    const messages = messagesOf(anOperation({ action, cio_relationships, timestamp: AT / 1_000 }));

    expect(messages).toEqual(
      ['acme', '3:acme'].map((groupId) => ({
        id: undefined,
        names: { userId: 'u1' },
        at: AT,
        company: { groupId, traits: new Map(), isMember },
      })),
    );
  });
});

describe('an object', () => {
  const company = (fields: object) => ({
    groupId: 'acme',
    traits: new Map(),
    isMember: undefined,
    ...fields,
  });

  it('is a company; its persons are members, in a message each', () => {
    const messages = messagesOf(
      anObject({
        timestamp: AT / 1_000,
        attributes: { name: 'Acme', seats: 50, old: null, gone: '', _internal: 1 },
        cio_relationships: [{ identifiers: { id: 'u1' } }, { identifiers: { email: 'a@b.co' } }],
      }),
    );

    const traits = new Map([
      ['name', '"Acme"'],
      ['seats', '50'],
      ['old', 'null'],
      ['gone', 'null'],
    ]);
    expect(messages).toEqual([
      { id: undefined, names: {}, at: AT, company: company({ traits }) },
      { id: undefined, names: { userId: 'u1' }, at: AT, company: company({ isMember: true }) },
      { id: undefined, names: { email: 'a@b.co' }, at: AT, company: company({ isMember: true }) },
    ]);
  });

  it('may have no attributes', () => {
    expect(messageOf(anObject())).toEqual({ id: undefined, names: {}, at: NOW, company: company({}) });
  });

  it.each([[{ anonymous_id: 'anon' }], [{ cio_relationships: [{ identifiers: { anonymous_id: 'anon' } }] }]])(
    'is related to an anonymous person: %j',
    (fields) => {
      const messages = messagesOf(anObject({ action: 'identify_anonymous', ...fields }));

      expect(messages.map(({ names, company: said }) => [names, said?.isMember])).toEqual([
        [{}, undefined],
        [{ anonymousId: 'anon' }, true],
      ]);
    },
  );

  it.each([
    ['add_relationships', true],
    ['delete_relationships', false],
  ])('%s: a message for each person', (action, isMember) => {
    const cio_relationships = [{ identifiers: { id: 'u1' } }, { identifiers: { cio_id: 'c1' } }];

    const messages = messagesOf(anObject({ action, cio_relationships }));

    expect(messages).toEqual([
      { id: undefined, names: { userId: 'u1' }, at: NOW, company: company({ isMember }) },
      { id: undefined, names: { cioId: 'c1' }, at: NOW, company: company({ isMember }) },
    ]);
  });

  it.each<[object, string, string]>([
    [
      { identifiers: {} },
      'identifiers',
      'identifiers must have object_type_id and object_id, or cio_object_id',
    ],
    [
      { identifiers: { object_id: 'acme' } },
      'identifiers',
      'identifiers must have object_type_id and object_id, or cio_object_id',
    ],
    [{ attributes: 1 }, 'attributes', 'attributes must be an object'],
    [
      { action: 'add_relationships' },
      'cio_relationships',
      'cio_relationships must have at least one relationship',
    ],
    [
      { action: 'add_relationships', cio_relationships: {} },
      'cio_relationships',
      'cio_relationships must have at least one relationship',
    ],
    [
      { cio_relationships: [{ identifiers: { id: 'u1' } }, {}] },
      'cio_relationships[1].identifiers',
      'cio_relationships[1].identifiers must have exactly one of id, email, phone, cio_id, anonymous_id',
    ],
    [
      { action: 'identify_anonymous', anonymous_id: {} },
      'anonymous_id',
      'anonymous_id must be a string of 1 to 256 bytes',
    ],
    [
      { action: 'event' },
      'action',
      'action must be one of identify, identify_anonymous, add_relationships, delete_relationships, delete',
    ],
  ])('%j is rejected', (fields, field, reason) => {
    expect(translated(anObject(fields))).toEqual([{ kind: 'rejected', field, reason }]);
  });
});

describe('an operation is rejected', () => {
  const PERSON_ACTIONS =
    'action must be one of identify, event, page, screen, add_relationships, delete_relationships, add_device, ' +
    'delete_device, delete, suppress, unsuppress, merge';

  it.each([
    [1, undefined, 'Operation must be an object'],
    [null, undefined, 'Operation must be an object'],
    [[], undefined, 'Operation must be an object'],
    [{}, 'type', 'type must be person, object or delivery'],
    [{ type: 'constructor' }, 'type', 'type must be person, object or delivery'],
    [{ type: 'person' }, 'action', PERSON_ACTIONS],
    [anOperation({ action: 'constructor' }), 'action', PERSON_ACTIONS],
    [anOperation({ action: ['identify'] }), 'action', PERSON_ACTIONS],
    [
      anOperation({ action: 'add_relationships' }),
      'cio_relationships',
      'cio_relationships must have at least one relationship',
    ],
    [
      { type: 'delivery', action: 'event', identifiers: { id: 'x' }, name: 'opened' },
      'type',
      'Delivery events name no person and are not imported',
    ],
  ])('%j', (operation, field, reason) => {
    expect(translated(operation)).toEqual([{ kind: 'rejected', field, reason }]);
  });

  it.each([
    [anOperation({ action: 'delete' }), 'Erasing contacts is not supported yet'],
    [anOperation({ action: 'suppress' }), 'Suppressing contacts is not supported yet'],
    [anOperation({ action: 'unsuppress' }), 'Suppressing contacts is not supported yet'],
    [anObject({ action: 'delete' }), 'Deleting companies is not supported yet'],
  ])('as not supported: %j', (operation, reason) => {
    const translations = translated(operation);

    expect(translations).toEqual([{ kind: 'rejected', field: 'action', reason }]);
    expect(NOT_SUPPORTED.has(reason)).toBe(true);
  });
});

const ACTIONS = [
  'identify',
  'event',
  'page',
  'screen',
  'merge',
  'add_device',
  'delete_device',
  'add_relationships',
  'delete_relationships',
  'identify_anonymous',
] as const;

/** Operations of which most parts are valid, and any of them may be anything. */
const { identifiers, operation } = (() => {
  const json = fc.jsonValue();
  const often = <T>(arbitrary: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 9, arbitrary: arbitrary as fc.Arbitrary<unknown> }, { weight: 1, arbitrary: json });
  const person = often(
    fc.oneof(
      fc.record({ id: fc.string({ minLength: 1 }) }),
      fc.record({ email: fc.constantFrom('a@b.co', 'A@b.co', 'x') }),
      fc.record({ anonymous_id: fc.string({ unit: 'binary' }) }),
    ),
  );
  const object = fc.record({ object_type_id: fc.constantFrom('1', '2', 3), object_id: fc.string() });
  const attributes = often(
    fc.dictionary(
      fc.oneof(fc.string(), fc.constantFrom('email', 'id', 'phone', 'created_at', '_update', '__proto__')),
      json,
    ),
  );
  const relationships = often(
    fc.array(fc.record({ identifiers: fc.oneof(person, object) }), { maxLength: 3 }),
  );
  const fields = fc.record(
    {
      type: often(fc.constantFrom('person', 'object')),
      action: often(fc.constantFrom(...ACTIONS)),
      identifiers: fc.oneof(person, object),
      name: often(fc.string()),
      id: fc.option(fc.string()),
      timestamp: fc.oneof(fc.integer({ min: 1_500_000_000, max: 1_780_000_000 }), fc.constant(null), json),
      attributes,
      cio_relationships: relationships,
      device: often(fc.record({ token: fc.string(), platform: json })),
      primary: person,
      secondary: person,
    },
    { requiredKeys: ['type', 'action', 'identifiers'] },
  );
  return {
    identifiers: person,
    operation: fc.oneof({ weight: 9, arbitrary: fields }, { weight: 1, arbitrary: json }),
  };
})();

describe('any operation', () => {
  it('is translated into sound messages or one rejection', () => {
    fc.assert(
      fc.property(operation, (sent) => {
        const translations = translated(sent);

        expect(translations.length).toBeGreaterThan(0);
        const rejections = translations.filter(({ kind }) => kind === 'rejected');
        expect(rejections.length === 0 || translations.length === 1).toBe(true);
        for (const translation of translations) {
          if (translation.kind === 'rejected') continue;
          const { names, at, attributes, devices, company, event, createdAt } = translation.message;
          expect(Object.keys(names).length > 0 || company !== undefined).toBe(true);
          expect(new Date(at).toISOString()).toHaveLength(24);
          expect(createdAt === undefined || new Date(createdAt).getTime() === createdAt).toBe(true);
          const texts = [attributes, devices, company?.traits].flatMap((map) => [...(map?.values() ?? [])]);
          for (const text of texts) expect(JSON.stringify(JSON.parse(text))).toBe(text);
          if (event?.metadata !== undefined) {
            expect(canonicalJson(JSON.parse(event.metadata))).toBe(event.canonicalMetadata);
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('is rejected if it is nested too deep to be printed', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`);
    const operations = ACTIONS.map((action) =>
      anOperation({ action, name: 'x', attributes: deep, device: { token: 'x', deep } }),
    );

    const translations = operations.flatMap((each) => translateOperation(each, { receivedAt: NOW }));

    expect(translations.filter(({ kind }) => kind === 'message')).toEqual([]);
  });
});

describe('a request of version 1 whose body is a form', () => {
  it.each([
    [
      'POST',
      'customers/5/events',
      'name=purchased&data[price]=23.45&data[tags][]=new&timestamp=1677906367',
      { names: { userId: '5' }, event: { type: 'purchased', metadata: '{"price":"23.45","tags":["new"]}' } },
    ],
    [
      'PUT',
      'customers/5',
      'email=sarah%2Btag@example.com&created_at=1361205308&_timestamp=1677906367&name=Sarah+Doe',
      {
        names: { userId: '5', email: 'sarah+tag@example.com' },
        createdAt: 1361205308_000,
        attributes: new Map([
          ['email', '"sarah+tag@example.com"'],
          ['created_at', '"1361205308"'],
          ['name', '"Sarah Doe"'],
        ]),
      },
    ],
    [
      'PUT',
      'customers/5',
      '_timestamp=1677906367&cio_relationships[action]=add_relationships' +
        '&cio_relationships[relationships][][identifiers][object_type_id]=1' +
        '&cio_relationships[relationships][][identifiers][object_id]=acme',
      { names: { userId: '5' }, company: { groupId: 'acme', isMember: true } },
    ],
  ])('%s %s %s', (method, path, form, expected) => {
    const result = operationOfV1(method, path, parseForm(form));

    const translations =
      result?.kind === 'operation' ? translateOperation(result.operation, { receivedAt: NOW }) : [];
    expect(translations).toMatchObject([{ kind: 'message', message: { at: AT, ...expected } }]);
  });
});

describe('any request of version 1', () => {
  it('is an operation, a rejection or none', () => {
    const path = fc.oneof(
      fc.constantFrom(
        'events',
        'merge_customers',
        'customers/u1',
        'customers/u1/events',
        'customers/a%/devices',
      ),
      fc.string({ unit: fc.constantFrom('customers', 'events', 'devices', '/', '%2F', '%', 'a', '+') }),
    );
    const body = fc.record(
      {
        name: fc.jsonValue(),
        data: fc.jsonValue(),
        device: fc.jsonValue(),
        primary: identifiers,
        secondary: identifiers,
        cio_relationships: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.constantFrom('PUT', 'POST', 'DELETE', 'GET'), path, body, (method, sent, fields) => {
        const result = operationOfV1(method, sent, fields);

        const translations = result?.kind === 'operation' ? translated(result.operation) : [];
        expect(result === undefined || result.kind === 'rejected' || translations.length > 0).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
