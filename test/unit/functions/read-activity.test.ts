import { createReadActivity } from '#functions/query/activity/handler.ts';
import { fromEventItem, toEventItem } from '#shared/events/event-item.ts';
import { positionOf } from '#shared/events/event-position.ts';
import type { EventReader } from '#shared/events/event-store.ts';
import type { JsonText } from '#shared/http/api.ts';
import { encodeCursor } from '#shared/http/paging.ts';
import { identityIdOf } from '#shared/identities/contact-id.ts';
import { OutOfTimeError } from '#shared/time/out-of-time.ts';
import { anEvent, aRequest, foundOf, ORG, SARAH_ID } from '#test/support/builders.ts';
import { errorOf } from '#test/support/import-world.ts';
import { aStanding, bodyOf } from '#test/support/refresh-world.ts';

type TimelineOptions = Parameters<EventReader['timeline']>[2];

const METADATA = '{"id":12345678901234567890,"price":1.0,"__proto__":null}';
const EVENT = fromEventItem(toEventItem(ORG, SARAH_ID, anEvent({ metadata: METADATA, eventId: 'e-1' })));

const POSITION = positionOf(EVENT.sk, SARAH_ID);

const aStage = (next?: string) => {
  const reads: TimelineOptions[] = [];
  const run = createReadActivity({
    identities: { find: async (orgId) => foundOf(orgId === ORG ? [SARAH_ID] : []) },
    standings: {
      get: async () => {
        throw new Error('The standing of a contact with one identity is not needed');
      },
    },
    events: {
      timeline: async (_orgId, _historyIds, options) => {
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
    const { get, reads } = aStage(POSITION);

    const { nextCursor } = bodyOf(await get({ limit: '1', kind: 'email' }));
    await get({ limit: '1', kind: 'email', cursor: nextCursor });

    expect(reads.map(({ after }) => after)).toEqual([undefined, POSITION]);
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
    ['cursor', encodeCursor(EVENT.sk)],
    ['cursor', encodeCursor(`${EVENT.sk}#c_AAAAAAAAAAAAAAA`)],
    ['cursor', encodeCursor(`${EVENT.sk}|${SARAH_ID}`)],
    ['cursor', encodeCursor(`${POSITION}#`)],
    ['cursor', encodeCursor([0, null])],
    ['cursor', encodeCursor('imp_01JPCQX3V0000000000000000A')],
  ])('answers 400 to the %s "%s", naming the parameter', async (name, value) => {
    const { get, reads } = aStage();

    const error = await errorOf(get({ [name]: value }));

    expect(error).toMatchObject({ statusCode: 400, message: expect.stringContaining(name) });
    expect(reads).toEqual([]);
  });
});

describe('reading the timeline of a contact with several identities', () => {
  const [WINNER, LOSER, PHONE] = ['user', 'lead', '+12133734253'].map((value) =>
    identityIdOf(ORG, { namespace: 'userId', value }),
  ) as [string, string, string];

  /** @param contacts - the contact of the identity {@link PHONE}, each time that it is looked up */
  const aMergedStage = (...contacts: readonly (string | undefined)[]) => {
    const standings = new Map([
      [WINNER, aStanding({ contactId: WINNER, histories: [WINNER, LOSER, PHONE] })],
    ]);
    const reads: (readonly string[])[] = [];
    let lookUps = 0;
    const run = createReadActivity({
      identities: {
        find: async () => {
          const contactId = contacts[Math.min(lookUps, contacts.length - 1)];
          lookUps += 1;
          return new Map(contactId === undefined ? [] : [[PHONE, { contactId, isOnly: false }]]);
        },
      },
      standings: { get: async (_orgId, contactId) => standings.get(contactId) },
      events: {
        timeline: async (_orgId, historyIds) => {
          reads.push(historyIds);
          return { events: [EVENT], next: undefined };
        },
      },
    });
    const get = () => run(aRequest({ method: 'GET', pathParameters: { contactId: PHONE } }));
    return { get, reads };
  };

  it('reads the histories of all of them, whichever id is given', async () => {
    const { get, reads } = aMergedStage(WINNER);

    const { statusCode } = await get();

    expect(statusCode).toBe(200);
    expect(reads).toEqual([[PHONE], [WINNER, LOSER, PHONE]]);
  });

  it('looks the contact up again if it was merged into another one meanwhile', async () => {
    const { get, reads } = aMergedStage(LOSER, WINNER);

    const { statusCode } = await get();

    expect(statusCode).toBe(200);
    expect(reads.at(-1)).toEqual([WINNER, LOSER, PHONE]);
  });

  it('does not answer that a contact does not exist which never stands still', async () => {
    const { get } = aMergedStage(LOSER);

    await expect(get()).rejects.toThrow(OutOfTimeError);
  });
});
