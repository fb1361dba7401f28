import { CLIENTS, PASSING_FAULTS } from '#test/support/clients/clients.ts';
import { comparable, expectedOf, someTracks } from '#test/support/clients/history.ts';
import { useClients } from '#test/support/clients/stage.ts';
import { acceptedOf, timelineOf, untilCollected } from '#test/support/clients/stored.ts';

const USER = 'user 1';

const stage = useClients();

describe.each(CLIENTS.map((client) => [client.name, client] as const))('%s', (_name, client) => {
  it('loses and doubles nothing while requests are throttled, fail, and lose their answers', async () => {
    const calls = someTracks(USER, 60);
    stage.gateway.fail(...PASSING_FAULTS);

    const { errors } = await client.send(stage.gateway, stage.org.apiKey, calls);
    // A program makes calls again that its client does not.
    if (!client.retries) await client.send(stage.gateway, stage.org.apiKey, calls);
    await untilCollected(stage.org, acceptedOf(stage.gateway));

    expect(errors).toHaveLength(client.retries ? 0 : PASSING_FAULTS.length);
    const timeline = await timelineOf(stage.org, USER);
    expect(comparable(client, timeline)).toEqual(expectedOf(client, calls));
  }, 120_000);

  it.each([
    ['unknown', `pp_${'a'.repeat(43)}`],
    ['malformed', 'secret'],
  ])('reports a key that is %s, and does not try for ever', async (_what, key) => {
    const { errors } = await client.send(stage.gateway, key, someTracks(USER, 1));

    expect(errors).toHaveLength(1);
    expect(stage.gateway.exchanges.map(({ reply }) => reply?.status)).toEqual(
      Array(client.attemptsAt401).fill(401),
    );
  });
});
