import type { Call } from '#test/support/clients/calls.ts';
import { CLIENTS } from '#test/support/clients/clients.ts';
import type { Reply } from '#test/support/clients/gateway.ts';
import { someTracks } from '#test/support/clients/history.ts';
import { useClients } from '#test/support/clients/stage.ts';
import { acceptedOf, reasonsOf, timelineOf, untilCollected } from '#test/support/clients/stored.ts';

const USER = 'user 1';

const FUTURE: Call = {
  kind: 'track',
  userId: USER,
  event: 'Too Early',
  properties: {},
  at: '2099-01-01T00:00:00.000Z',
};

const stage = useClients();

const bodyOf = ({ body }: Reply) => JSON.parse(body.toString());

/** The client whose requests are tried before the answer in any case. */
const isAlwaysStrict = (name: string): boolean => name.includes('v2');

const CASES = CLIENTS.map((client) => [client.name, client] as const);

describe.each(CASES.filter(([name]) => !isAlwaysStrict(name)))('%s', (_name, client) => {
  it('is answered 200 for a message that breaks a rule, which the receipt tells of', async () => {
    const [good] = someTracks(USER, 1) as [Call];

    const { errors } = await client.send(stage.gateway, stage.org.apiKey, [FUTURE, good]);
    const receipts = await untilCollected(stage.org, acceptedOf(stage.gateway));

    expect(errors).toEqual([]);
    expect(Object.entries(reasonsOf(receipts))).toEqual([[expect.stringContaining('in the future'), 1]]);
    expect(await timelineOf(stage.org, USER)).toHaveLength(1);
    const receipt = receipts.find(({ skipped }) => skipped === 1);
    const { body } = await stage.org.get(`/v1/imports/${receipt?.id}`);
    expect(body.errors).toEqual([
      {
        index: expect.any(Number),
        messageId: client.isInSeconds ? null : expect.stringMatching(/\w{8}/),
        reason: expect.stringContaining('in the future'),
      },
    ]);
  }, 60_000);

  it('learns of a broken rule if the request asks for it, and keeps nothing of it', async () => {
    await client.send(stage.gateway, stage.org.apiKey, [FUTURE]);
    const [sent] = stage.gateway.exchanges as [(typeof stage.gateway.exchanges)[0]];
    await untilCollected(stage.org, 1);

    const replies = await Promise.all([
      stage.gateway.resend({ ...sent, headers: { ...sent.headers, 'x-strict-mode': '1' } }),
      stage.gateway.resend({ ...sent, path: `${sent.path}?strict=1` }),
    ]);

    for (const reply of replies) {
      expect(reply.status).toBe(400);
      expect(bodyOf(reply)).toMatchObject({ message: expect.stringContaining('in the future') });
    }
  }, 60_000);
});

describe.each(CASES)('%s', (_name, client) => {
  it('is refused a body that is cut, at once and in words that it reads', async () => {
    await client.send(stage.gateway, stage.org.apiKey, someTracks(USER, 1));
    const [sent] = stage.gateway.exchanges as [(typeof stage.gateway.exchanges)[0]];
    const { 'content-encoding': _coding, ...headers } = sent.headers;

    const reply = await stage.gateway.resend({ ...sent, headers, body: Buffer.from('{"batch":[{') });

    expect(reply.status).toBe(400);
    expect(bodyOf(reply)).toMatchObject({
      code: expect.stringMatching(/\w/),
      message: expect.stringMatching(/\w/),
      meta: { error: expect.stringMatching(/\w/) },
    });
  });
});

describe('Customer.io’s Track API v2', () => {
  const client = CASES.find(([name]) => isAlwaysStrict(name))?.[1];

  it('refuses an operation that breaks a rule', async () => {
    const outcome = await client?.send(stage.gateway, stage.org.apiKey, [FUTURE]);

    expect(outcome?.errors).toEqual([expect.stringContaining('in the future')]);
    expect(stage.gateway.exchanges.map(({ reply }) => reply?.status)).toEqual([400]);
  });

  it('tells which operations of a batch it refuses, and takes the others', async () => {
    const calls = someTracks(USER, 20);

    await client?.send(stage.gateway, stage.org.apiKey, [...calls.slice(0, 3), FUTURE, ...calls.slice(3)]);
    await untilCollected(stage.org, 20);

    const [exchange] = stage.gateway.exchanges;
    expect(exchange?.reply?.status).toBe(207);
    expect(bodyOf(exchange?.reply as Reply).errors).toEqual([
      expect.objectContaining({ batch_index: 3, message: expect.stringContaining('in the future') }),
    ]);
    expect(await timelineOf(stage.org, USER)).toHaveLength(20);
  }, 60_000);
});
