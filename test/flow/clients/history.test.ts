import { CLIENTS } from '#test/support/clients/clients.ts';
import {
  aLife,
  callsOf,
  comparable,
  expectedOf,
  type Shown,
  someTracks,
} from '#test/support/clients/history.ts';
import { useClients } from '#test/support/clients/stage.ts';
import { acceptedOf, timelineOf, untilCollected } from '#test/support/clients/stored.ts';

const USER = 'user 1';

const stage = useClients();

describe.each(CLIENTS.map((client) => [client.name, client] as const))('%s', (_name, client) => {
  it('stores a life at its original times, each call once, and once when it is sent again', async () => {
    const calls = callsOf(client, aLife(USER));

    const { errors } = await client.send(stage.gateway, stage.org.apiKey, calls);
    await untilCollected(stage.org, calls.length);
    const first = await timelineOf(stage.org, USER);
    await stage.gateway.resendAll();
    await untilCollected(stage.org, 2 * calls.length);
    const second = await timelineOf(stage.org, USER);

    expect(errors).toEqual([]);
    // A page is known by its address; the other fields of its metadata depend on the client.
    const isMerged = client.kinds.includes('alias');
    const own = isMerged ? calls : calls.filter(({ userId }) => userId === USER);
    const expected = expectedOf(client, own).map((event) => ({
      ...event,
      metadata: event.kind === 'web' ? expect.anything() : expect.objectContaining(event.metadata as object),
    }));
    expect(comparable(client, first)).toEqual(expected);
    const page = first.find(({ kind }) => kind === 'web');
    expect(JSON.stringify(page?.metadata)).toContain('https://shop.example.com/pricing?a=1&b=2');
    // A page view without a time is another one each time that it is sent.
    const hasTime = ({ kind }: Shown) => !(client.pagesAreNow && kind === 'web');
    expect(second.filter(hasTime)).toEqual(first.filter(hasTime));
  }, 120_000);

  it('creates the contact with its attributes and identities, and the company', async () => {
    const calls = callsOf(client, aLife(USER));

    await client.send(stage.gateway, stage.org.apiKey, calls);
    await untilCollected(stage.org, calls.length);

    const { body } = await stage.org.get(`/v1/contacts?userId=${USER}`);
    expect(body.attributes).toMatchObject({ name: 'Zoë', plan: 'pro', logins: 3 });
    expect(body.email).toBe('user-1@example.com');
    const before = await stage.org.get(`/v1/contacts?userId=${USER} before`);
    expect(before.body.contactId === body.contactId).toBe(client.kinds.includes('alias'));
    const company = await stage.org.get('/v1/companies/acme');
    expect(company.status).toBe(client.kinds.includes('group') ? 200 : 404);
    if (company.status === 200) expect(company.body.traits).toMatchObject({ name: 'Acme', employees: 12 });
  }, 120_000);

  it('stores 250 tracks of years ago, each once, though all are sent twice', async () => {
    const calls = someTracks(USER, 250);

    const { errors } = await client.send(stage.gateway, stage.org.apiKey, calls);
    await stage.gateway.resendAll();
    await untilCollected(stage.org, 500);

    expect(errors).toEqual([]);
    expect(acceptedOf(stage.gateway)).toBe(500);
    const timeline = await timelineOf(stage.org, USER);
    expect(comparable(client, timeline)).toEqual(expectedOf(client, calls));
  }, 180_000);

  it.each([
    ['characters that a path encodes', 'a/b c+d?e=é#f', ''],
    ['the base path once more in front, as behind a domain of its own', 'user 2', '/api'],
  ])(
    'is taken with %s',
    async (_what, userId, base) => {
      const calls = someTracks(userId, 1);

      const { errors } = await client.send(
        { ...stage.gateway, url: `${stage.gateway.url}${base}` },
        stage.org.apiKey,
        calls,
      );
      await untilCollected(stage.org, 1);

      expect(errors).toEqual([]);
      expect(comparable(client, await timelineOf(stage.org, userId))).toEqual(expectedOf(client, calls));
    },
    60_000,
  );
});
