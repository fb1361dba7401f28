import type { Call } from '#test/support/clients/calls.ts';
import { CLIENTS, type Client, PASSING_FAULTS } from '#test/support/clients/clients.ts';
import {
  bodyOf,
  type Gateway,
  type GatewayFault,
  type Received,
  startGateway,
} from '#test/support/clients/gateway.ts';
import { prepareClients } from '#test/support/clients/python.ts';

const TRACK: Call = {
  kind: 'track',
  userId: 'u 1',
  event: 'Old Event',
  properties: { price: 23.45, text: 'é' },
  at: '2018-03-04T05:06:07.000Z',
};

const CALLS: readonly Call[] = [
  {
    kind: 'identify',
    userId: 'u 1',
    traits: { email: 'r@example.com', plan: 'pro' },
    at: '2018-03-04T05:06:06.000Z',
  },
  TRACK,
  {
    kind: 'page',
    userId: 'u 1',
    name: 'Pricing',
    properties: { url: 'https://shop.example.com/pricing' },
    at: '2018-03-04T05:06:08.000Z',
  },
  {
    kind: 'group',
    userId: 'u 1',
    groupId: 'A',
    traits: { name: 'SpaceX' },
    at: '2018-03-04T05:06:09.000Z',
  },
  { kind: 'alias', userId: 'u 1', previousId: 'anonymous 1', at: '2018-03-04T05:06:10.000Z' },
];

let gateway: Gateway;

beforeAll(prepareClients, 180_000);

beforeEach(async () => {
  gateway = await startGateway();
});

afterEach(() => gateway.close());

const callsOf = ({ kinds }: Client): Call[] => CALLS.filter(({ kind }) => kinds.includes(kind));

const textOf = (request: Received): string => bodyOf(request).toString();

/** The messages of a request, which is a batch or a single one. */
const messagesOf = (request: Received): unknown[] => {
  const body = JSON.parse(textOf(request));
  return body.batch ?? [body];
};

const REPORTED_AT_ONCE = { reported: 1, attempts: 1 };

/** The errors that the program learns of, and the requests that are sent, if a request fails: with 401 always, else once. */
const failed = async (client: Client, fault: GatewayFault): Promise<typeof REPORTED_AT_ONCE> => {
  const failing = await startGateway();
  failing.fail(...Array<GatewayFault>(fault === 401 ? 10 : 1).fill(fault));
  const { errors } = await client.send(failing, 'key', [TRACK]);
  const attempts = failing.exchanges.length;
  await failing.close();
  return { reported: errors.length, attempts };
};

describe.each(CLIENTS.map((client) => [client.name, client] as const))('%s', (_name, client) => {
  it('sends every call once, with its time and the key', async () => {
    const calls = callsOf(client);

    const { errors } = await client.send(gateway, 'pp_secret', calls);

    expect(errors).toEqual([]);
    expect(gateway.exchanges.flatMap(messagesOf)).toHaveLength(calls.length);
    const sent = gateway.exchanges.map(textOf).join();
    expect(sent).toMatch(/2018-03-04T05:06:07|1520139967/);
    expect(sent).toMatch(/é|\\u00e9/);
    for (const { headers } of gateway.exchanges) {
      const credentials = String(headers.authorization).replace('Basic ', '');
      expect(Buffer.from(credentials, 'base64').toString()).toMatch(/^(?:pp_secret:|site:pp_secret)$/);
    }
  });

  it('sends again or reports what fails', async () => {
    const outcomes = new Map(
      await Promise.all(
        [...PASSING_FAULTS, 401 as const, 400 as const].map(
          async (fault) => [fault, await failed(client, fault)] as const,
        ),
      ),
    );

    for (const fault of PASSING_FAULTS) {
      expect(outcomes.get(fault)).toEqual(client.retries ? { reported: 0, attempts: 2 } : REPORTED_AT_ONCE);
    }
    expect(outcomes.get(401)).toEqual({ reported: 1, attempts: client.attemptsAt401 });
    expect(outcomes.get(400)).toEqual(REPORTED_AT_ONCE);
  });
});

describe('the gateway', () => {
  it('sends a request once more as it was', async () => {
    const [client] = CLIENTS;
    await client?.send(gateway, 'key', [TRACK]);
    const [first] = gateway.exchanges as [Received];

    const reply = await gateway.resend(first);

    const [, second] = gateway.exchanges as [Received, Received];
    expect(reply.status).toBe(200);
    expect(second.body).toEqual(first.body);
    expect(second.path).toBe(first.path);
  });
});
