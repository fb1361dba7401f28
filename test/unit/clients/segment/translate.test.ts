import { NOW } from '#test/support/builders.ts';
import { aPage, aTrack, messageOf, reasonOf, SENT_AT, translated } from '#test/support/segment-messages.ts';

const TYPES = 'type must be one of identify, track, page, screen, group, alias';
const INVALID_TIME = 'timestamp is not a valid ISO 8601 timestamp or unix time';
const INVALID_ID = 'messageId must be a string of 1 to 128 characters';

describe('a message of a Segment-shaped client', () => {
  it.each([[null], [[]], ['track'], [1], [true]])('must be an object: %j', (message) => {
    expect(translated(message)).toEqual({
      kind: 'rejected',
      field: undefined,
      reason: 'Message must be an object',
    });
  });

  it.each([[undefined], [null], ['Track'], ['merge'], ['constructor'], [1], [{}]])(
    'must be of a known type: %j',
    (type) => {
      expect(reasonOf(aTrack({ type }))).toBe(TYPES);
    },
  );

  it.each([
    ['timestamp', {}, SENT_AT],
    ['unix seconds', { timestamp: 1763202600 }, SENT_AT],
    ['unix seconds as text', { timestamp: '1763202600' }, SENT_AT],
    ['unix milliseconds', { timestamp: 1763202600000 }, SENT_AT],
    ['timestamp before originalTimestamp', { originalTimestamp: '2025-01-01T00:00:00Z' }, SENT_AT],
    [
      'originalTimestamp as it is',
      { timestamp: undefined, originalTimestamp: '2025-11-15T10:30:00Z', sentAt: '2025-11-15T10:31:00Z' },
      SENT_AT,
    ],
    ['originalTimestamp if the other is null', { timestamp: null, originalTimestamp: 1763202600 }, SENT_AT],
    ['the arrival', { timestamp: '', sentAt: '2025-11-15T10:31:00Z' }, NOW],
    ['five minutes ahead', { timestamp: '2026-03-15T12:05:00Z' }, NOW + 300_000],
  ])('was true at %s', (_case, fields, at) => {
    expect(messageOf(aTrack(fields)).at).toBe(at);
  });

  it.each([
    [{ timestamp: '2026-03-15T12:05:00.001Z' }, 'timestamp is in the future'],
    [{ timestamp: '2016-03-15T11:59:59Z' }, 'timestamp is more than 10 years in the past'],
    [{ timestamp: '2025-11-15T10:30:00' }, INVALID_TIME],
    [{ timestamp: {} }, INVALID_TIME],
    [{ timestamp: 'soon', originalTimestamp: '2025-11-15T10:30:00Z' }, INVALID_TIME],
    [{ timestamp: null, originalTimestamp: '2027-01-01T00:00:00Z' }, 'originalTimestamp is in the future'],
  ])('must have a valid time: %j', (fields, reason) => {
    expect(reasonOf(aTrack(fields))).toBe(reason);
  });

  it.each([
    ['node-next-1677906367-0d1c', 'node-next-1677906367-0d1c'],
    ['x'.repeat(128), 'x'.repeat(128)],
    [17, '17'],
    [undefined, undefined],
    [null, undefined],
    ['', undefined],
  ])('has the id %j', (messageId, id) => {
    expect(messageOf(aTrack({ messageId })).id).toBe(id);
  });

  it.each([['x'.repeat(129)], [true], [{}], ['\udc00']])('must have a valid id: %j', (messageId) => {
    expect(reasonOf(aTrack({ messageId }))).toBe(INVALID_ID);
  });

  it('is rejected for the first rule that it breaks', () => {
    const broken = {
      messageId: {},
      properties: 1,
      event: '',
      context: 1,
      timestamp: 'x',
      anonymousId: {},
      userId: {},
      type: '',
    };
    const repairs = [
      ['type', 'track'],
      ['userId', undefined],
      ['anonymousId', 'anon-4'],
      ['timestamp', undefined],
      ['context', undefined],
      ['event', 'x'],
      ['properties', undefined],
      ['messageId', undefined],
    ] as const;

    const fields = repairs.map((_repair, nth) => {
      const translation = translated({ ...broken, ...Object.fromEntries(repairs.slice(0, nth)) });
      return translation.kind === 'rejected' ? translation.field : 'none';
    });

    expect(fields).toEqual(repairs.map(([field]) => field));
  });

  it.each([
    ['track', aTrack()],
    ['page', aPage()],
    ['screen', aPage({ type: 'screen' })],
    ['identify', aPage({ type: 'identify' })],
  ])('says by context.groupId to which company the person of a %s belongs', (_type, message) => {
    const { company } = messageOf({ ...message, context: { groupId: 17 } });

    expect(company).toEqual({ groupId: '17', traits: new Map(), isMember: true });
  });

  it.each([
    [{ groupId: null }, 'valid'],
    [{ groupId: 'x'.repeat(257) }, 'context.groupId must be a string of 1 to 256 bytes'],
    [{ groupId: {} }, 'context.groupId must be a string of 1 to 256 bytes'],
  ])('must have a valid company: %j', (context, reason) => {
    expect(reasonOf(aTrack({ context }))).toBe(reason);
    expect(reasonOf(aPage({ context }))).toBe(reason);
    expect(reasonOf(aPage({ context, type: 'identify' }))).toBe(reason);
  });
});
