import { createReadAnalytics } from '#functions/query/analytics/handler.ts';
import { NEVER_REBUILT } from '#shared/analytics/generations.ts';
import type { Kind } from '#shared/events/kinds.ts';
import { aBudget, aRequest } from '#test/support/builders.ts';
import { errorOf } from '#test/support/import-world.ts';

const aStage = () => {
  const read: Kind[] = [];
  const readAnalytics = createReadAnalytics({
    rollups: {
      generations: async () => NEVER_REBUILT,
      rows: async (_orgId, _generation, kind) => {
        read.push(kind);
        return [];
      },
    },
    nameRows: { rows: async () => [] },
    samples: { read: async () => [] },
    budget: aBudget,
  });
  const span = { from: '2025-01-01', to: '2025-01-02' };
  const get = (kind: string, query = {}) =>
    readAnalytics(aRequest({ method: 'GET', pathParameters: { kind }, query: { ...span, ...query } }));
  return { get, read };
};

describe('a chart', () => {
  it.each(['email', 'web', 'location-interests', 'location-history', 'track'])(
    'is of the kind %s',
    async (kind) => {
      const { get, read } = aStage();

      expect(await get(kind)).toMatchObject({ statusCode: 200 });
      expect(read).toEqual([kind]);
    },
  );

  it.each([
    ['email', 'opened', 'name is only for track'],
    ['track', '', 'name must be a string of 1 to 128 characters'],
    [
      'track',
      'a b'.repeat(50),
      'name must be a string of 1 to 128 characters; a plus sign in a query must be written %2B',
    ],
  ])('of %s and the name "%s" is refused, and reads nothing', async (kind, name, message) => {
    const { get, read } = aStage();

    expect(await errorOf(get(kind, { name }))).toMatchObject({ statusCode: 400, message });
    expect(read).toEqual([]);
  });

  it.each(['profile', 'sms', 'Email', 'toString', ''])(
    'of "%s" does not exist, and reads nothing',
    async (kind) => {
      const { get, read } = aStage();

      expect(await errorOf(get(kind))).toMatchObject({
        statusCode: 404,
        message: 'The kind must be one of email, web, location-interests, location-history, track',
      });
      expect(read).toEqual([]);
    },
  );
});
