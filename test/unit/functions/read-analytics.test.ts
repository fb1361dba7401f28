import { createReadAnalytics } from '#functions/query/analytics/handler.ts';
import { NEVER_REBUILT } from '#shared/analytics/generations.ts';
import type { Kind } from '#shared/events/kinds.ts';
import { aRequest } from '#test/support/builders.ts';
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
  });
  const query = { from: '2025-01-01', to: '2025-01-02' };
  const get = (kind: string) => readAnalytics(aRequest({ method: 'GET', pathParameters: { kind }, query }));
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
