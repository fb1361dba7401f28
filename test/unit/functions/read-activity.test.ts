import { createReadActivity } from '#functions/query/activity/handler.ts';
import { fromEventItem, toEventItem } from '#shared/events/event-item.ts';
import type { EventReader } from '#shared/events/event-store.ts';
import type { JsonText } from '#shared/http/api.ts';
import { encodeCursor } from '#shared/http/paging.ts';
import { anEvent, aRequest, foundOf, ORG, SARAH_ID } from '#test/support/builders.ts';
import { errorOf } from '#test/support/import-world.ts';
import { bodyOf } from '#test/support/refresh-world.ts';

type TimelineOptions = Parameters<EventReader['timeline']>[2];

const METADATA = '{"id":12345678901234567890,"price":1.0,"__proto__":null}';
const EVENT = fromEventItem(toEventItem(ORG, SARAH_ID, anEvent({ metadata: METADATA, eventId: 'e-1' })));

const aStage = (next?: string) => {
  const reads: TimelineOptions[] = [];
  const run = createReadActivity({
    identities: { find: async (orgId) => foundOf(orgId === ORG ? [SARAH_ID] : []) },
    events: {
      timeline: async (_orgId, _contactId, options) => {
        reads.push(options);
        return { events: [EVENT], next };
      },
    },
  });
  const get = (query: Readonly<Record<string, string>> = {}, contactId = SARAH_ID) =>
    run(aRequest({ method: 'GET', query, pathParameters: { contactId } }));
  return { get, reads };
};

describe('reading a timeline', () => {
  it('answers events with their metadata as the original text', async () => {
    const { get, reads } = aStage();

    const { statusCode, body } = await get();

    expect(statusCode).toBe(200);
    expect((body as JsonText).text).toBe(
      `{"items":[{"kind":"email","type":"opened","occurredAt":"2025-11-15T10:30:00.000Z","eventId":"e-1","metadata":${METADATA}}],"nextCursor":null}`,
    );
    expect(reads).toEqual([{ limit: 50, kind: undefined, after: undefined }]);
  });

  it('continues after the previous page', async () => {
    const { get, reads } = aStage(EVENT.sk);

    const { nextCursor } = bodyOf(await get({ limit: '1', kind: 'email' }));
    await get({ limit: '1', kind: 'email', cursor: nextCursor });

    expect(reads.map(({ after }) => after)).toEqual([undefined, EVENT.sk]);
  });

  it.each(['email', 'web', 'location-interests', 'location-history', 'track', 'profile'])(
    'can be limited to one kind: %s',
    async (kind) => {
      const { get, reads } = aStage();

      await get({ kind });

      expect(reads).toMatchObject([{ kind }]);
    },
  );

  it('of a contact that does not exist answers 404', async () => {
    const { get } = aStage();

    const error = await errorOf(get({}, 'c_AAAAAAAAAAAAAAAA'));

    expect(error).toMatchObject({ statusCode: 404, message: 'Contact not found' });
  });

  it.each([
    ['kind', 'sms'],
    ['kind', 'toString'],
    ['kind', ''],
    ['limit', '0'],
    ['limit', '201'],
    ['limit', '1.5'],
    ['limit', ''],
    ['cursor', ''],
    ['cursor', 'nonsense'],
    ['cursor', encodeCursor(null)],
    ['cursor', encodeCursor('2025-11-15')],
    ['cursor', encodeCursor([0, null])],
    ['cursor', encodeCursor('imp_01JPCQX3V0000000000000000A')],
  ])('answers 400 to the %s "%s", naming the parameter', async (name, value) => {
    const { get, reads } = aStage();

    const error = await errorOf(get({ [name]: value }));

    expect(error).toMatchObject({ statusCode: 400, message: expect.stringContaining(name) });
    expect(reads).toEqual([]);
  });
});
