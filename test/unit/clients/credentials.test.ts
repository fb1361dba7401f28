import fc from 'fast-check';
import { keyOfBody, keyOfHeaders } from '#shared/clients/credentials.ts';
import { newApiKey } from '#shared/keys/api-key.ts';

const KEY = newApiKey();
const encoded = (text: string): string => Buffer.from(text).toString('base64');
const urlSafe = (text: string): string => Buffer.from(text).toString('base64url');

describe('the key in the headers of a request', () => {
  it.each([
    ['X-API-Key', { 'x-api-key': KEY }],
    ['Bearer', { authorization: `Bearer ${KEY}` }],
    ['Basic with the raw key, as June documents it', { authorization: `Basic ${KEY}` }],
    ['Basic, the key as the user', { authorization: `Basic ${encoded(`${KEY}:`)}` }],
    ['Basic, the key as the user without a colon', { authorization: `Basic ${encoded(KEY)}` }],
    ['Basic, the key as the user with a password', { authorization: `Basic ${encoded(`${KEY}:""`)}` }],
    ['Basic, the key as the password of a site', { authorization: `Basic ${encoded(`site-id:${KEY}`)}` }],
    ['Basic in the URL-safe alphabet', { authorization: `Basic ${urlSafe(`c?5>aT:${KEY}`)}` }],
    ['Basic with a space before the key', { authorization: `Basic ${encoded(`api_key: ${KEY}`)}` }],
    ['a scheme in any case', { authorization: `basic  ${encoded(`${KEY}:`)}` }],
  ])('is found: %s', (_form, headers) => {
    expect(keyOfHeaders(headers)).toBe(KEY);
  });

  it.each([
    ['no header', {}],
    ['another scheme', { authorization: `Digest ${KEY}` }],
    ['a text that is no key', { authorization: 'Bearer pk_us_abc' }],
    ['an empty header', { authorization: '' }],
    ['a site without a password', { authorization: `Basic ${encoded('site-id:')}` }],
  ])('is not found: %s', (_form, headers) => {
    expect(keyOfHeaders(headers)).toBeUndefined();
  });

  it('is never invented, whatever is sent', () => {
    fc.assert(
      fc.property(fc.string(), (authorization) => {
        expect(keyOfHeaders({ authorization })).toBeUndefined();
      }),
    );
  });
});

describe('the key in the body of a request', () => {
  it('is its writeKey', () => {
    expect(keyOfBody({ writeKey: KEY })).toBe(KEY);
  });

  it.each([[undefined], [null], [7], ['abc'], [{}]])('is not found: %j', (writeKey) => {
    expect(keyOfBody({ writeKey })).toBeUndefined();
  });
});
